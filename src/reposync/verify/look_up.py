"""Looking a name up in a repository, where a failure is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import NotFoundError, RepoSyncError
from reposync.verify.findings import gap

if TYPE_CHECKING:
    from reposync.copy.abilities import Resolver
    from reposync.errors import Side
    from reposync.oci.descriptor import Descriptor
    from reposync.verify.findings import Gap


async def looked_up(
    repository: Resolver, name: str, side: Side, shown: str = "the image"
) -> Descriptor | Gap | None:
    """Return what *name*, a tag or a digest, names in *repository*, or why that is not known.

    *shown* says what it is; by default it is the image that the finding is about.
    """
    try:
        return await repository.resolve(name)
    except NotFoundError:
        return None
    except RepoSyncError as error:
        return gap(f"look up {shown}", side, error)
