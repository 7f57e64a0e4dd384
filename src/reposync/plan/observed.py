"""What was observed of one image at its source and at one destination: a frozen value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.sync_record import SyncRecord


class Observed(Struct, frozen=True):
    """The state of one image on both sides.

    ``source_digest`` is what the source's name means, ``found_digest`` what the destination's tag
    names, None for nothing; ``record`` is what the ledger says of that tag. ``is_made`` says that
    the tag names what the rule makes of the source's image, ``lacks`` what of it is missing even
    so, in words; ``digest`` is what the tag should name, None where that is not known. ``error`` is
    why the state is not known.
    """

    source_digest: Digest | None = None
    found_digest: Digest | None = None
    record: SyncRecord | None = None
    is_made: bool = False
    lacks: str = ""
    digest: Digest | None = None
    error: str = ""
