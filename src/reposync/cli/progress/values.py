"""Progress as a frozen value: what a display shows at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.oci.reference import Reference


class Stage(Struct, frozen=True):
    """A stage that runs; ``selected`` grows until it ``is_decided``."""

    name: str
    selected: int = 0
    ended: int = 0
    is_decided: bool = False


class Transfer(Struct, frozen=True):
    """A blob on its way to ``places`` repositories; bytes are those for all of them together."""

    image: Reference
    digest: Digest
    places: int
    sent_bytes: int
    total_bytes: int
    bytes_per_second: float


class Progress(Struct, frozen=True):
    """A run at one moment.

    ``sent_bytes`` and ``total_bytes`` count blobs once for each destination that they are sent to;
    what was found at a destination is in ``found_bytes`` alone. ``is_final`` says that all images
    and their blobs are known, so that the totals do not grow any more but by referrers. ``idle_s``
    is the time since anything moved; ``stage_count`` the number of all stages of the run. ``verb``
    says what is done with the bytes: they are sent, or read.
    """

    images_ended: int = 0
    images_selected: int = 0
    failed: int = 0
    stages_undecided: int = 0
    stage_count: int = 0
    sent_bytes: int = 0
    total_bytes: int = 0
    found_bytes: int = 0
    is_final: bool = True
    bytes_per_second: float = 0.0
    eta_s: float | None = None
    idle_s: float = 0.0
    stages: tuple[Stage, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    verb: str = "sent"
