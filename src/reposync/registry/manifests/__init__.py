"""Manifests and tags."""
