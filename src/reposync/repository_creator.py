"""The ability to create a missing repository, for the registry client and external copiers."""

from __future__ import annotations

from typing import Protocol


class RepositoryCreator(Protocol):
    """Creates repositories."""

    async def create(self, repository: str) -> None:
        """Create *repository*; do nothing if it exists.

        Raises:
            RepoSyncError: The repository cannot be created.
        """
        ...
