"""What a destination's tag should name, and whether what it names is a difference. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.platforms import PlatformMode
from reposync.verify.findings import Flaw, Kind

if TYPE_CHECKING:
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest


class Expected(Struct, frozen=True):
    """What should be under a tag; ``source`` is the digest at the source, which may be another.

    ``manifest`` is set where platforms were chosen from an index. ``left_out`` says why nothing is
    expected, where the rule's platforms let nothing through.
    """

    source: Digest
    digest: Digest
    manifest: Manifest | None = None
    left_out: str = ""


def is_made_alike(rule: PlatformRule, expected: Expected, there: Manifest) -> bool:
    """Return whether *there* is the stripped index that is expected, written by another release.

    Its annotations may spell the platforms in another way, which makes another digest. What they
    say is not believed: it must list the same manifests.
    """
    if rule.mode is not PlatformMode.STRIP or expected.manifest is None or not there.is_index:
        return False
    alike = [entry.digest for entry in there.manifests]
    return rule.made(there, expected.source) and alike == [
        entry.digest for entry in expected.manifest.manifests
    ]


def missing(expected: Expected, tag: str) -> Flaw:
    """Return that nothing is there; without a tag, an image is there by its digest."""
    return Flaw(Kind.MISSING_TAG if tag else Kind.MISSING_MANIFEST, expected.digest)
