"""Errors of selectors, patterns and templates; callers add the position in the file."""

from __future__ import annotations

from reposync.errors import RepoSyncError


class InvalidSelectorError(RepoSyncError):
    """A text is not a valid selector, pattern or template; ``str`` has no position."""
