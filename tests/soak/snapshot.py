"""Snapshots: what registries hold, whichever fake they are, and how they differ.

Read from the fakes' own storage, never through the code under test.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DIGEST_TAG = re.compile(r"sha(256|512)-[0-9a-f]{64}\..*")
_FALLBACK_TAG = re.compile(r"sha(256|512)-[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """One repository: the bytes of manifests and blobs by digest, and what tags name."""

    tags: Mapping[str, str]
    manifests: Mapping[str, bytes]
    blobs: Mapping[str, bytes]

    def problems(self) -> Iterator[str]:
        """Return what is not whole or not right: nothing of a strict registry ever is."""
        for digest, content in (*self.manifests.items(), *self.blobs.items()):
            if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
                yield f"other bytes are under {digest}"
        for tag, digest in self.tags.items():
            if digest not in self.manifests:
                yield f"tag {tag} names {digest}, which is not there"
        for digest in self.manifests:
            yield from self._missing(digest)

    def image(self, tag: str) -> frozenset[str]:
        """Return the digests of all that *tag* stands for, with what points to it."""
        found: set[str] = set()
        self._collect(self.tags[tag], found)
        return frozenset(found)

    def listed(self, tag: str) -> frozenset[str]:
        """Return the digests that the list of referrers behind the fallback tag *tag* names."""
        document = json.loads(self.manifests[self.tags[tag]])
        return frozenset(entry["digest"] for entry in document["manifests"])

    def _missing(self, digest: str) -> Iterator[str]:
        document = json.loads(self.manifests[digest])
        for part in _parts(document):
            if part["digest"] not in self.manifests and part["digest"] not in self.blobs:
                yield f"{digest} lacks {part['digest']}"

    def _collect(self, digest: str, found: set[str]) -> None:
        if digest in found:
            return
        found.add(digest)
        if digest not in self.manifests:
            return
        for part in _parts(json.loads(self.manifests[digest])):
            self._collect(part["digest"], found)
        for referrer, content in self.manifests.items():
            subject = json.loads(content).get("subject") or {}
            if subject.get("digest") == digest:
                self._collect(referrer, found)


Snapshot = dict[tuple[str, str], Stored]
"""What every place holds, by the key of the registry and the name of the repository."""


def differences(wanted: Snapshot, found: Snapshot) -> Iterator[str]:
    """Return how *found* differs from *wanted* for whoever pulls.

    What no tag leads to is no harm.
    """
    for place in sorted(wanted.keys() | found.keys()):
        empty = Stored({}, {}, {})
        yield from _differences(place, wanted.get(place, empty), found.get(place, empty))


def _differences(place: tuple[str, str], wanted: Stored, found: Stored) -> Iterator[str]:
    for tag in sorted(wanted.tags.keys() | found.tags.keys()):
        if _FALLBACK_TAG.fullmatch(tag):
            continue
        if tag not in wanted.tags and _DIGEST_TAG.fullmatch(tag):
            continue  # it speaks of an image that was there before
        if tag not in wanted.tags or tag not in found.tags:
            yield f"{place}: tag {tag} is {'missing' if tag in wanted.tags else 'too much'}"
        elif wanted.tags[tag] != found.tags[tag]:
            yield f"{place}: tag {tag} names {found.tags[tag]}, not {wanted.tags[tag]}"
        elif wanted.image(tag) - found.image(tag):
            lacking = sorted(wanted.image(tag) - found.image(tag))
            yield f"{place}: what belongs to tag {tag} lacks {lacking}"
    for tag in wanted.tags:
        if _FALLBACK_TAG.fullmatch(tag):
            listed = found.listed(tag) if tag in found.tags else frozenset()
            if wanted.listed(tag) - listed:
                yield f"{place}: the list {tag} lacks {sorted(wanted.listed(tag) - listed)}"


def _parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document.get("config"):
        yield document["config"]
    for part in (*(document.get("manifests") or ()), *(document.get("layers") or ())):
        if not part.get("urls"):
            yield part
