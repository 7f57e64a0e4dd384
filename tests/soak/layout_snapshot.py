"""Snapshots of image layouts: what a folder or a tar holds, read with the standard library alone.

Each repository has the manifests that its names lead to; blobs are shared by all. What no name
leads to, such as a manifest that was pushed by digest, is in a repository without a name.

Spec: image-spec v1.1.1, image-layout.md.
"""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

from tests.soak.snapshot import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "org.opencontainers.image.ref.name"
_MANIFESTS = (".manifest.v1+json", ".image.index.v1+json", ".manifest.v2+json", ".list.v2+json")

Files = dict[str, bytes]


def stored_in(path: Path) -> dict[str, Stored]:
    """Return what is in the layout at *path* by repository; nothing where there is none."""
    files = _files(path)
    if "index.json" not in files:
        return {}
    blobs = {
        name.removeprefix("blobs/").replace("/", ":"): content
        for name, content in files.items()
        if name.startswith("blobs/")
    }
    found: dict[str, tuple[dict[str, str], Files]] = {}
    for entry in json.loads(files["index.json"])["manifests"]:
        repository, _, tag = entry.get("annotations", {}).get(_NAME, ":").rpartition(":")
        tags, manifests = found.setdefault(repository, ({}, {}))
        if tag:
            tags[tag] = entry["digest"]
        manifests.update(_below(entry, blobs))
    return {
        repository: Stored(tags, manifests, blobs)
        for repository, (tags, manifests) in found.items()
    }


def left_behind(path: Path) -> list[str]:
    """Name what is neither a layout's nor anybody's but the program's own; folders alone."""
    if not path.is_dir():
        return []
    own = {"oci-layout", "index.json", "blobs"}
    return [each.name for each in path.iterdir() if each.name not in own]


def _files(path: Path) -> Files:
    if path.is_dir():
        return {
            str(file.relative_to(path)): file.read_bytes()
            for file in path.rglob("*")
            if file.is_file()
        }
    if not path.exists():
        return {}
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        return {member.name: _content(archive, member) for member in members}


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def _below(entry: dict[str, Any], blobs: Files) -> Iterator[tuple[str, bytes]]:
    """Return a manifest and all below it that are there."""
    content = blobs.get(entry["digest"])
    if content is None or not entry["mediaType"].endswith(_MANIFESTS):
        return
    yield entry["digest"], content
    for child in json.loads(content).get("manifests") or ():
        yield from _below(child, blobs)
