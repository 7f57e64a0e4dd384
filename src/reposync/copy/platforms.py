"""Platforms: which entries of an index a destination gets, and the index that says so.

Pure. What an index lists for other platforms is left out, with the attestations that describe it;
an entry that names no platform stays, since nothing says that it belongs to another one.

A stripped index is the source's document without those entries, bearing in its annotations the
digest that it was made from and the platforms that were asked for. The same source gives the same
bytes in every run.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import InvalidReferenceError
from reposync.oci import manifest as manifests
from reposync.oci.platform import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.platform import Platform

SOURCE_DIGEST = "dev.reposync.source.digest"
"""Annotation of a stripped index: the digest of the index that it was made from."""
PLATFORMS = "dev.reposync.source.platforms"
"""Annotation of a stripped index: the platforms that were asked for, with commas between them."""
_DESCRIBED = "vnd.docker.reference.digest"


class PlatformMode(StrEnum):
    """What becomes of an index of which some platforms are left out."""

    STRIP = "strip"
    """A smaller one takes its place, under a digest of its own."""
    SPARSE = "sparse"
    """It stays as it is, and points to images that are not there."""


class PlatformRule(Struct, frozen=True):
    """The platforms that a destination gets."""

    platforms: tuple[Platform, ...]
    mode: PlatformMode = PlatformMode.STRIP

    @property
    def names(self) -> str:
        """The platforms, normalized and sorted: alike for two rules that mean the same."""
        return ",".join(sorted({str(platform.normalized) for platform in self.platforms}))

    @property
    def form(self) -> str:
        """Name what the rule makes of an index; two rules of the same form make the same."""
        return f"{self.mode}:{self.names}"

    def makes(self, form: str) -> bool:
        """Return whether *form* is that of this rule.

        It may have been recorded when names were not normalized: no index is made anew for that.
        """
        mode, _, names = form.partition(":")
        return form == self.form or (mode == self.mode and _normalized(names) == self.names)

    def wants(self, platform: Platform) -> bool:
        """Return whether *platform* is one of those that are asked for."""
        return any(wanted.includes(platform) for wanted in self.platforms)

    def offers(self, index: Manifest) -> bool:
        """Return whether *index* has anything that the rule lets through."""
        kept = self._kept(index)
        return any(entry.platform is None or not entry.platform.is_unknown for entry in kept)

    def applied(self, index: Manifest) -> Manifest:
        """Return what the destination gets for *index*: itself where nothing is to be left out.

        A sparse one has the bytes of *index*, and lists what is to be brought alone.

        Raises:
            ContentError: The smaller index cannot be understood.
        """
        kept = self._kept(index)
        if len(kept) == len(index.manifests):
            return index
        if self.mode is PlatformMode.SPARSE:
            return replace(index, manifests=kept, is_sparse=True)
        return self._stripped(index, {entry.digest for entry in kept})

    def made(self, there: Manifest, source: Digest) -> bool:
        """Return whether *there* is what this rule makes of the index *source*.

        Its bytes do not tell which images of a sparse one are there.
        """
        if self.mode is PlatformMode.SPARSE:
            return there.has_digest(source) and self.offers(there)
        if there.has_digest(source):
            return len(self._kept(there)) == len(there.manifests)
        annotations = there.annotations
        names = _normalized(annotations.get(PLATFORMS, ""))
        return annotations.get(SOURCE_DIGEST) == source and names == self.names

    def _kept(self, index: Manifest) -> tuple[Descriptor, ...]:
        left_out = {entry.digest for entry in index.manifests if self._is_other(entry)}
        return tuple(
            entry
            for entry in index.manifests
            if entry.digest not in left_out and entry.annotations.get(_DESCRIBED) not in left_out
        )

    def _is_other(self, entry: Descriptor) -> bool:
        platform = entry.platform
        return platform is not None and not platform.is_unknown and not self.wants(platform)

    def _stripped(self, index: Manifest, kept: set[Digest]) -> Manifest:
        document: dict[str, Any] = json.loads(index.content)
        document["manifests"] = [
            entry for entry in document["manifests"] if entry["digest"] in kept
        ]
        document["annotations"] = {
            **(document.get("annotations") or {}),
            SOURCE_DIGEST: index.digest,
            PLATFORMS: self.names,
        }
        content = json.dumps(document, separators=(",", ":")).encode()
        return manifests.parse(content, index.descriptor.media_type)


def _normalized(names: str) -> str:
    """Return a list of platforms as ``PlatformRule.names`` writes it; as it is where it is none."""
    try:
        return ",".join(sorted({str(parse(name).normalized) for name in names.split(",")}))
    except InvalidReferenceError:
        return names


def listed(platforms: Iterable[Platform | None]) -> str:
    """Name *platforms* for a sentence."""
    return ", ".join(sorted({str(each) for each in platforms if each and not each.is_unknown}))
