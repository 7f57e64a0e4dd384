"""Blobs: download, upload, mounts."""
