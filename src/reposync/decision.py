"""Decisions: what should happen to one image at one destination.

A frozen value that the planner makes and the copier carries out. It is complete by itself: it can
be written into a plan, read by another process, and compared with the decision of another run.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reposync.oci.digest import Digest  # noqa: TC001 -- msgspec reads the types
from reposync.oci.reference import Reference  # noqa: TC001 -- the same


class Action(StrEnum):
    """What should happen."""

    COPY = "copy"
    """The tag is new at the destination."""
    MOVE = "move"
    """The tag is there with another digest."""
    COMPLETE = "complete"
    """The tag is right, but referrers or parts of the image are missing."""
    UP_TO_DATE = "up_to_date"
    SKIP = "skip"
    """Nothing, for the reason that is given."""
    DELETE = "delete"
    CONFLICT = "conflict"
    """Somebody else moved the tag."""
    ERROR = "error"
    """What should happen cannot be known, for the reason that is given."""


CHANGING = frozenset({Action.COPY, Action.MOVE, Action.COMPLETE, Action.DELETE})
"""The actions that write to the destination."""
SYNCED = CHANGING | {Action.CONFLICT}
"""The actions that ``sync`` carries out: it sets a tag again that somebody else has moved."""


class BlobCounts(Struct, frozen=True):
    """How many blobs of an image would be sent, mounted, or are already there."""

    send: int = 0
    mount: int = 0
    exists: int = 0


class Decision(Struct, frozen=True):
    """What should happen to an image at a destination, and why.

    ``rule`` is the place, from 0, of the rule in its stage. ``source_digest`` is what the source's
    name means, ``digest`` what the destination's tag should name: they differ where platforms are
    dropped, and None is what is not known before the image is read. ``found_digest`` is what that
    tag names now, None where there is none. A repository that cannot be listed is one decision
    whose references have no tag. ``bytes`` and ``blobs`` say what would be sent, None where that
    was not asked for.
    """

    stage: str
    action: Action
    source: Reference
    destination: Reference
    rule: int = 0
    source_digest: Digest | None = None
    found_digest: Digest | None = None
    digest: Digest | None = None
    reason: str = ""
    bytes: int | None = None
    blobs: BlobCounts | None = None
