"""Sync records: what was pushed for a tag; a value shared by the engine and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest


class SyncRecord(Struct, frozen=True):
    """What a tag names: the ``source``'s digest, its ``form``, and the digest ``there``.

    ``form`` describes how the source's index was reduced; it is empty for an unchanged image.
    """

    source: Digest
    form: str
    there: Digest
