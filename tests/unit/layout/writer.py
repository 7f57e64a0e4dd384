"""A process that writes a layout: ``python -m tests.unit.layout.writer PATH WAY NAME``.

``tags`` pushes fifty tags to NAME and ends; ``half`` pushes an image, then half a blob, says so,
and waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from tests import images
from tests.contract.pushing import push

from reposync.layout.layout import Layout

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from reposync.layout.repository import LayoutRepository

COUNT = 50
LARGE = images.blob("large", 4 * 1024 * 1024)
READY = "half is written"


def graph(name: str, number: int) -> images.Graph:
    """Return the image of a tag; its layer is everybody's."""
    return images.image(f"{name}/{number}", layers=0, base=[images.blob("shared", 300_000)])


async def main(path: str, way: str, name: str) -> None:
    """Write as *way* says."""
    async with Layout(path) as layout:
        repository = layout.repository(name, writable=True)
        if way == "half":
            await _half(repository)
        async with asyncio.TaskGroup() as group:
            for number in range(COUNT):
                group.create_task(push(repository, graph(name, number), f"1.{number}"))


async def _half(repository: LayoutRepository) -> None:
    await push(repository, images.image("first"), "first")
    await repository.push_blob(LARGE.descriptor, _stuck())


async def _stuck() -> AsyncGenerator[bytes, None]:
    yield LARGE.content[: LARGE.size // 2]
    yield LARGE.content[LARGE.size // 2 : -1]
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
