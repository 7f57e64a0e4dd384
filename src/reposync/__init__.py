"""Keep container repositories in step across registries."""

__version__ = "0.1.0"
