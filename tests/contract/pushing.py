"""How the suite pushes: by the abilities under test, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import images

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.images import Graph, Piece

    from reposync.copy.abilities import Destination

CHUNK_BYTES = 100_000


async def chunks(content: bytes) -> AsyncGenerator[bytes, None]:
    """Return the content in chunks, as a source does."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def push_blob(repository: Destination, blob: Piece) -> None:
    """Push one blob."""
    await repository.push_blob(blob.descriptor, chunks(blob.content))


async def push(repository: Destination, graph: Graph, *tags: str) -> None:
    """Push a graph leaves first, its root under *tags* or, without any, under its digest."""
    for blob in graph.blobs:
        await push_blob(repository, blob)
    for manifest in graph.manifests[:-1]:
        await repository.push_manifest(images.manifest(manifest))
    for tag in tags or ("",):
        await repository.push_manifest(graph.root_manifest, tag)
