"""Shipments for tests: from a.example/x to b.example/y."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.credentials import ANONYMOUS
from reposync.external.shipment import Access, End, Shipment, Target
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGEST = Digest(f"sha256:{'1' * 64}")
HERE = End(Access(Trust(), ANONYMOUS), Reference("a.example", "x"))
THERE = End(Access(Trust(verify=False), ANONYMOUS), Reference("b.example:5000", "y"))


def shipment(tags: Mapping[str, str], there: End | None = None) -> Shipment:
    """Ship the image of the one name in *tags* to the tag behind it."""
    ((name, tag),) = tags.items()
    end = there or End(THERE.access, Reference("b.example", "y"))
    return Shipment(HERE, name, DIGEST, (Target(end, tag),))
