"""Sync records: what is known of a tag at a destination; a value that the engine and ledger share.

A tag is reposync's own as long as it names the digest that reposync put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from datetime import datetime

    from reposync.oci.digest import Digest


class SyncRecord(Struct, frozen=True):
    """What a tag names: the ``source``'s digest, its ``form``, and the digest ``there``.

    ``form`` describes how the source's index was reduced; it is empty for an unchanged image.
    ``put_at``, aware of its time zone, is when reposync set the tag; None where it was found as it
    is. ``stage`` and ``origin``, the reference of the source, say by whose order.
    """

    source: Digest
    form: str
    there: Digest
    put_at: datetime | None = None
    stage: str = ""
    origin: str = ""

    def put(self, at: datetime, *, stage: str, origin: str) -> SyncRecord:
        """Return it as what reposync itself put there."""
        return replace(self, put_at=at, stage=stage, origin=origin)

    def owned_as(self, known: SyncRecord | None) -> SyncRecord:
        """Return it with who put there what the tag names, as far as *known* says."""
        if known is None or known.there != self.there:
            return self
        return replace(self, put_at=known.put_at, stage=known.stage, origin=known.origin)

    def knows_the_same(self, other: SyncRecord) -> bool:
        """Return whether *other* says the same of what the tag names."""
        return (self.source, self.form, self.there) == (other.source, other.form, other.there)
