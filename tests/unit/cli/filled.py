"""Layouts on disk with images in them: what calls of the command copy from, without a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.contract.pushing import push

from reposync.layout.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.images import Graph

    from reposync.oci.digest import Digest


def fill(path: Path, images: Mapping[str, Graph]) -> None:
    """Write *images* to the layout at *path*; keys are ``repository:tag``, or end with the colon.

    Blocks, so not for a test that runs on a loop.
    """
    asyncio.run(_fill(path, images))


def tags(path: Path, repository: str) -> dict[str, Digest]:
    """Read what the tags of *repository* name; none where there is no such repository."""
    return asyncio.run(_tags(path, repository))


async def _fill(path: Path, images: Mapping[str, Graph]) -> None:
    async with Layout(str(path)) as layout:
        for name, graph in images.items():
            repository, _, tag = name.partition(":")
            await push(layout.repository(repository, writable=True), graph, tag)


async def _tags(path: Path, repository: str) -> dict[str, Digest]:
    async with Layout(str(path)) as layout:
        names = [name async for name in layout.list_repositories()]
        if repository not in names:
            return {}
        opened = layout.repository(repository)
        found = {tag: await opened.resolve(tag) async for tag in opened.list_tags()}
    return {tag: there.digest for tag, there in found.items() if there}
