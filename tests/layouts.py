"""Layouts for tests: other tools' ways with them, and what can be done to one.

Nothing here is the product's: ``skopeo`` and ``umoci`` are run as they are, and what others write
is written by hand.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.servers import environment, packages

from reposync.oci import media_type as mt
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.images import Graph

    from reposync.copy.abilities import Source

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
_LIMIT_S = 60


class ToolError(Exception):
    """The tool failed; the message is what it said."""


def skopeo(*arguments: str) -> bytes:
    """Run skopeo and give what it says."""
    return _run([packages.require("skopeo"), "--insecure-policy", *arguments])


def umoci(*arguments: str) -> bytes:
    """Run umoci and give what it says."""
    return _run([packages.require("umoci"), *arguments])


def tar(*arguments: str | Path) -> None:
    """Run tar."""
    _run(["tar", *map(str, arguments)])


def compressed(tool: str, file: Path, to: Path) -> None:
    """Compress *file* to another one."""
    to.write_bytes(_run([tool, "-c", str(file)]))


def digest_of(reference: str) -> Digest:
    """Return the digest of what *reference* names, as skopeo reads it."""
    return Digest.of(skopeo("inspect", "--raw", reference))


def write_layout(directory: Path, *entries: tuple[Graph, dict[str, str]]) -> Path:
    """Write a layout by hand: graphs with the annotations of their entries."""
    directory.mkdir(exist_ok=True)
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    for graph, _ in entries:
        for piece in (*graph.blobs, *graph.manifests):
            path = blob_file(directory, piece.digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(piece.content)
    manifests = [_entry(graph, annotations) for graph, annotations in entries]
    document = {"schemaVersion": 2, "mediaType": mt.OCI_INDEX, "manifests": manifests}
    (directory / "index.json").write_text(json.dumps(document, indent=2))
    return directory


def read_index(directory: Path) -> list[dict[str, Any]]:
    """Read the entries of ``index.json``."""
    manifests: list[dict[str, Any]] = json.loads((directory / "index.json").read_bytes())[
        "manifests"
    ]
    return manifests


def names_in(directory: Path) -> list[str]:
    """Read the names in ``index.json``, in their order; empty for an entry without one."""
    return [entry.get("annotations", {}).get(REF_NAME, "") for entry in read_index(directory)]


def blob_file(directory: Path, digest: str) -> Path:
    """Return the path of a blob."""
    return directory / "blobs" / digest.replace(":", "/")


def files_in(directory: Path) -> dict[str, bytes]:
    """Read all files with their paths."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


async def assert_whole(source: Source, graph: Graph, tag: str) -> None:
    """Read all of *graph* by *tag* and by its digests, and compare."""
    assert (await source.fetch_manifest(tag)).content == graph.root.content
    for piece in graph.manifests:
        assert (await source.fetch_manifest(piece.digest)).content == piece.content
    for piece in graph.blobs:
        async with source.open_blob(piece.descriptor) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == piece.content


def _entry(graph: Graph, annotations: dict[str, str]) -> dict[str, Any]:
    root = graph.root.descriptor
    entry: dict[str, Any] = {
        "mediaType": root.media_type,
        "digest": root.digest,
        "size": root.size,
    }
    return entry | ({"annotations": annotations} if annotations else {})


def _run(command: Sequence[str]) -> bytes:
    done = subprocess.run(
        command, env=environment.clean(), check=False, capture_output=True, timeout=_LIMIT_S
    )
    if done.returncode:
        raise ToolError(done.stderr.decode(errors="replace").strip())
    return done.stdout
