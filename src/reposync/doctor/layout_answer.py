"""Layouts: the short answer for an OCI image layout, which has neither a host nor credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.doctor.fields import Examination, Failure, LayoutFound
from reposync.doctor.findings import Finding, no, yes
from reposync.errors import RepoSyncError
from reposync.layout.layout import Layout

if TYPE_CHECKING:
    from typing import Literal


async def examine_layout(path: str, *, is_tar: bool) -> Examination:
    """Return what is at *path*; nothing is written, and nothing is made there."""
    name = f"oci:{path}"
    try:
        async with Layout(path) as layout:
            repositories = [each async for each in layout.list_repositories()]
    except RepoSyncError as error:
        return Examination(name, (no("reachable", str(error)),), Failure(str(error), error.hint))
    kind: Literal["directory", "tar"] = "tar" if is_tar else "directory"
    count = len(repositories)
    text = f"a {kind} with {count} {'repository' if count == 1 else 'repositories'}"
    how = "a layout on this machine"
    return Examination(
        name,
        (
            yes("reachable", "the layout can be read"),
            Finding("layout", LayoutFound(kind, count), "its index", text),
            Finding("authentication", "none", how),
            yes("manifest_head", how),
            yes("referrers_api", how),
            yes("catalog", how),
            yes("tag_list", how),
            no("counts_pulls", how),
        ),
    )
