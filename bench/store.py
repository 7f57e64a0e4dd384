"""The folder where docker-registry keeps what it holds: written, copied and compared directly.

So registries are filled in seconds, and what a tool has put there is read from the files
themselves, by nobody's client.

Spec: distribution's storage layout, registry/storage/paths.go.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that is a registry's ``rootdirectory``."""

    folder: Path

    @property
    def _root(self) -> Path:
        return self.folder / "docker" / "registry" / "v2"

    def blob(self, digest: str) -> Path:
        """Return the file of a blob or manifest."""
        algorithm, _, encoded = digest.partition(":")
        return self._root / "blobs" / algorithm / encoded[:2] / encoded / "data"

    def blobs(self) -> list[Path]:
        """List the files of all blobs and manifests."""
        return sorted((self._root / "blobs").glob("*/*/*/data"))

    def put(self, content: bytes) -> str:
        """Hold *content*; give its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        _write(self.blob(digest), content)
        return digest

    def link_layer(self, repository: str, digest: str) -> None:
        """Let *repository* have a blob."""
        _write(self._layer(repository, digest), digest.encode())

    def link_tag(self, repository: str, tag: str, digest: str) -> None:
        """Let *repository* have a manifest, and *tag* name it."""
        manifests = self._repository(repository) / "_manifests"
        place = digest.replace(":", "/", 1)
        names = manifests / "tags" / tag
        for link in (manifests / "revisions" / place, names / "index" / place, names / "current"):
            _write(link / "link", digest.encode())

    def tag(self, repository: str, tag: str) -> str:
        """Return the digest that *tag* names; nothing where there is no such tag."""
        link = self._repository(repository) / "_manifests" / "tags" / tag / "current" / "link"
        return link.read_text() if link.exists() else ""

    def manifest(self, repository: str, tag: str) -> tuple[str, list[str]]:
        """Return the media type of what *tag* names, and the blobs that it refers to."""
        content = self.blob(self.tag(repository, tag)).read_bytes()
        return json.loads(content)["mediaType"], [digest for digest, _ in _blobs(content)]

    def copy_to(self, other: Store) -> None:
        """Let *other*, which holds nothing, hold the same.

        A registry never changes a blob's file, so these are shared; links it writes anew.
        """
        other._root.mkdir(parents=True)
        for part, option in (("blobs", "-al"), ("repositories", "-a")):
            subprocess.run(["cp", option, self._root / part, other._root / part], check=True)

    def differences(self, catalogue: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Return where this store does not hold what *catalogue* promises, whole."""
        wanted = [
            (repository, tag, digest)
            for repository, tags in catalogue.items()
            for tag, digest in tags.items()
        ]
        return [fault for each in wanted if (fault := self._fault(*each))]

    def _fault(self, repository: str, tag: str, digest: str) -> str:
        found = self.tag(repository, tag)
        if found != digest:
            return f"{repository}:{tag} is {found or 'missing'}, should be {digest}"
        content = self.blob(digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest.partition(":")[2]:
            return f"{repository}:{tag} has a manifest that is not {digest}"
        for blob, size_bytes in _blobs(content):
            if not self._layer(repository, blob).exists():
                return f"{repository}:{tag} has no blob {blob}"
            if self.blob(blob).stat().st_size != size_bytes:
                return f"{repository}:{tag} has a blob {blob} of another size"
        return ""

    def _repository(self, name: str) -> Path:
        return self._root / "repositories" / name

    def _layer(self, repository: str, digest: str) -> Path:
        place = digest.replace(":", "/", 1)
        return self._repository(repository) / "_layers" / place / "link"


def _blobs(manifest: bytes) -> Iterator[tuple[str, int]]:
    document = json.loads(manifest)
    for entry in (document["config"], *document["layers"]):
        yield entry["digest"], entry["size"]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
