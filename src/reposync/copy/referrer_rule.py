"""Which referrers of an image are copied, and where later ones are looked for. Pure."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

# What cosign calls, where it pushes referrers, the artifacts that it else pushes under these tags.
_TYPES_BY_SUFFIX = {
    suffix: f"application/vnd.dev.cosign.artifact.{suffix}.v1+json"
    for suffix in ("sig", "att", "sbom")
}


class Late(StrEnum):
    """Where an image that is up to date is looked at for referrers that came later."""

    ROOT = "root"
    """At what the tag names: one request where the registry lists referrers."""
    ALL = "all"
    """At its children, and at referrers of referrers too: a request for each."""
    NONE = "none"


class ReferrerRule(Struct, frozen=True):
    """Which referrers come along; no ``artifact_types`` means all.

    Without ``by_tags`` cosign's tags are not looked for: every tag is copied for itself.
    """

    artifact_types: tuple[str, ...] = ()
    late: Late = Late.ROOT
    by_tags: bool = True

    def wants(self, artifact_type: str) -> bool:
        """Return whether referrers of *artifact_type* come along."""
        return not self.artifact_types or artifact_type in self.artifact_types

    def wants_tag(self, tag: str) -> bool:
        """Return whether what one of cosign's tags names comes along."""
        return self.by_tags and self.wants(_TYPES_BY_SUFFIX.get(tag.rpartition(".")[2], ""))
