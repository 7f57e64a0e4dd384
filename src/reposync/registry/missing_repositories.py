"""Repositories that are missing: most registries make them as they are pushed to, ECR does not.

It is found out by a push that is refused, so a repository that is there costs no request. A refused
push begins nothing: it is sent again as it was, once the repository has been made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.cloud_names import ecr_place

if TYPE_CHECKING:
    from reposync.errors import NotFoundError
    from reposync.registry.call import Call
    from reposync.repository_creator import RepositoryCreator

_PUSHES = frozenset({"POST", "PUT"})


class MissingRepositories:
    """What to do at *host* when a repository is missing: let *creator* make it, if there is one."""

    def __init__(self, host: str, creator: RepositoryCreator | None) -> None:
        self._creator = creator
        self._takes_a_maker = ecr_place(host) is not None

    async def make(self, call: Call, error: NotFoundError) -> bool:
        """Return whether *call*, which ended in *error*, is to be sent again.

        Raises:
            RepoSyncError: The repository is missing, and cannot be made.
        """
        if not _lacks_repository(call, error):
            return False
        if self._creator is None:
            if self._takes_a_maker:
                error.hint = (
                    f"make the repository {call.scope.repository}, or write `create_repositories: "
                    "true` at this registry in the file"
                )
            return False
        await self._creator.create(call.scope.repository)
        return True


def _lacks_repository(call: Call, error: NotFoundError) -> bool:
    """Return whether *call* was to push, and what is missing is neither a blob nor an upload."""
    begins_here = call.method in _PUSHES and call.target[:1] == "/" and call.is_repeatable
    return begins_here and (not error.codes or "NAME_UNKNOWN" in error.codes)
