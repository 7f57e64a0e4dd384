"""Keep container repositories in step across registries."""

__version__ = "0.2.0"
