"""Errors: how a refused selector, pattern or template is told; leaves its place to the file."""

from __future__ import annotations

from reposync.errors import RepoSyncError


class InvalidSelectorError(RepoSyncError):
    """A text selects nothing that can be understood; ``str`` is the sentence, without its place."""
