"""The ability to make a repository that is missing, for all who push: ourselves and relays."""

from __future__ import annotations

from typing import Protocol


class RepositoryCreator(Protocol):
    """Makes repositories."""

    async def make(self, repository: str) -> None:
        """Make *repository*; that it is there already, or by now, is as good.

        Raises:
            RepoSyncError: It cannot be made.
        """
        ...
