"""What a destination's tag should name, and whether what it names is a difference. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.platforms import PlatformMode, listed
from reposync.verify.findings import Flaw, Kind

if TYPE_CHECKING:
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.platform import Platform


class Expected(Struct, frozen=True):
    """What should be under a tag; ``source`` is the digest at the source, which may be another.

    ``manifest`` is set where platforms were chosen from it. ``left_out`` says why nothing is
    expected, where the rule's platforms let nothing through.
    """

    source: Digest
    digest: Digest
    manifest: Manifest | None = None
    left_out: str = ""


def expected_of_index(rule: PlatformRule, index: Manifest) -> Expected:
    """Return what *rule* makes of *index*.

    Raises:
        ContentError: The smaller index cannot be understood.
    """
    if rule.offers(index):
        applied = rule.applied(index)
        return Expected(index.digest, applied.digest, applied)
    offered = listed(entry.platform for entry in index.manifests) or "nothing"
    why = f"it has none of {listed(rule.platforms)}, but {offered}"
    return Expected(index.digest, index.digest, left_out=why)


def expected_of_image(rule: PlatformRule, image: Manifest, platform: Platform | None) -> Expected:
    """Return whether *rule* lets *image*, which is for *platform*, through."""
    is_other = platform is not None and not rule.wants(platform)
    why = f"it is for {platform}, not {listed(rule.platforms)}" if is_other else ""
    return Expected(image.digest, image.digest, left_out=why)


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
