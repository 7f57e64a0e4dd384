"""Standings: what is known of a tag at a destination. A value that the engine and stores share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.oci.digest import Digest


class SyncRecord(Struct, frozen=True):
    """What a tag was given: the ``source``'s digest, its ``form``, and the digest ``there``.

    ``form`` names what was made of the source's index; it is empty where that stayed whole.
    """

    source: Digest
    form: str
    there: Digest
