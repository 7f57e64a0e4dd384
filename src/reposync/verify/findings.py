"""What a verification finds: differences, and what could not be checked. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.errors import RepoSyncError, Side
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference


class Kind(StrEnum):
    """How a destination differs from what it should hold."""

    MISSING_TAG = "missing_tag"
    OTHER_DIGEST = "other_digest"
    MISSING_MANIFEST = "missing_manifest"
    MISSING_BLOB = "missing_blob"
    WRONG_LENGTH = "wrong_length"
    WRONG_BYTES = "wrong_bytes"
    MISSING_REFERRER = "missing_referrer"


class Flaw(Struct, frozen=True):
    """A difference at an image; ``digest`` is of what is expected there.

    ``tag`` is another tag than the image's where the difference is at that: one of cosign's.
    """

    kind: Kind
    digest: Digest
    tag: str = ""


class Gap(Struct, frozen=True):
    """A part of an image that could not be checked."""

    reason: str


Finding = Flaw | Gap


class Verdict(Struct, frozen=True):
    """What was found of one image at one destination.

    ``kept`` says why another image under its tag is no difference, ``left_out`` why nothing is
    expected there; both are empty otherwise.
    """

    destination: Reference
    findings: tuple[Finding, ...] = ()
    kept: str = ""
    left_out: str = ""


class Difference(Struct, frozen=True):
    """A difference between a destination and what it should hold."""

    stage: str
    destination: Reference
    kind: Kind
    digest: Digest


class Unchecked(Struct, frozen=True):
    """An image, or a whole repository, about which nothing is proved."""

    stage: str
    destination: Reference
    reason: str


def gap(operation: str, side: Side, error: RepoSyncError) -> Gap:
    """Return that *operation* failed at *side*, in a sentence with the advice of *error*."""
    advice = f"; {error.hint}" if error.hint else ""
    return Gap(f"cannot {operation} at the {side}: {error}{advice}")
