"""Storage: what the registry holds, in memory, without a word of HTTP."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

_LENGTHS = {"sha256": 64, "sha512": 128}
_DIGEST = re.compile(r"(sha256|sha512):([a-f0-9]+)")


def is_digest(text: str) -> bool:
    """Return whether *text* is a digest that can be checked."""
    match = _DIGEST.fullmatch(text)
    return match is not None and len(match[2]) == _LENGTHS[match[1]]


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Compute the digest of *content*."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def matches(content: bytes, digest: str) -> bool:
    """Return whether *content* has *digest*."""
    return is_digest(digest) and digest_of(content, digest.partition(":")[0]) == digest


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A manifest as it came: its bytes and what they were called."""

    content: bytes
    media_type: str

    @property
    def document(self) -> dict[str, Any]:
        """The manifest parsed; it was checked to be an object when it came."""
        document: dict[str, Any] = json.loads(self.content)
        return document


@dataclass(slots=True)
class Upload:
    """An upload that is open; ``state`` is what the next request must bring."""

    state: str
    content: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Repository:
    """One repository: which blobs it may give, its manifests, what its tags name.

    ``contents`` are the blobs of the whole registry by digest, which repositories share.
    """

    contents: dict[str, bytes] = field(repr=False)
    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, StoredManifest] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def add_blob(self, content: bytes, digest: str = "") -> str:
        """Hold a blob, by sha256 where no *digest* is given; give its digest."""
        digest = digest or digest_of(content)
        self.contents[digest] = content
        self.blobs.add(digest)
        return digest

    def add_manifest(self, content: bytes, media_type: str, *tags: str, digest: str = "") -> str:
        """Hold a manifest without a check, and let *tags* name it; give its digest."""
        digest = digest or digest_of(content)
        self.manifests[digest] = StoredManifest(content, media_type)
        self.tags.update(dict.fromkeys(tags, digest))
        return digest

    def digest(self, tag_or_digest: str) -> str | None:
        """Find the digest of the manifest that *tag_or_digest* names."""
        digest = self.tags.get(tag_or_digest, tag_or_digest)
        return digest if digest in self.manifests else None

    def holds(self, digest: str) -> bool:
        """Return whether a manifest may point to *digest*: buildkit's indexes point to blobs."""
        return digest in self.manifests or digest in self.blobs


@dataclass(slots=True)
class Storage:
    """All repositories by name, and the blobs that they share by digest."""

    contents: dict[str, bytes] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)

    def repository(self, name: str) -> Repository:
        """Return the repository, new and empty where there was none."""
        return self.repositories.setdefault(name, Repository(self.contents))

    def find(self, name: str) -> Repository | None:
        """Return the repository if anything was ever put there."""
        repository = self.repositories.get(name)
        known = repository is not None and (repository.blobs or repository.manifests)
        return repository if known else None

    def drop_upload(self, name: str, upload_id: str) -> None:
        """Forget an upload, if there is one."""
        self.repository(name).uploads.pop(upload_id, None)
