"""Annotations of our own that more than one package reads."""

LACKING = "dev.reposync.lacking"
"""Of an index that was pushed sparse: the digests that were left out on purpose, with spaces."""
