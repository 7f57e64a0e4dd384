"""Annotations of our own that more than one package reads."""

LACKING = "dev.reposync.lacking"
"""On an index that was pushed sparse: the omitted digests, separated by spaces."""
