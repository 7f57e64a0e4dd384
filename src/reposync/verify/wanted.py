"""What a verification expects where: images of stages, and the destinations that should have them.

Pure. A tag of a destination is expected from the first stage of the file that writes it; another
one would fail in a run, so what it wants is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.sync.claims import Claims
from reposync.verify.findings import Unchecked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.sync.select import DestinationRule
    from reposync.sync.stages import Place
    from reposync.verify.sampling import Share


class Wanted(Struct, frozen=True):
    """An image of a stage, by its tag or digest, and the destinations that should have it."""

    stage: str
    source: Place
    name: str
    destinations: tuple[DestinationRule, ...]


class Chosen(Struct, frozen=True):
    """What is to be checked now; ``images`` counts those of all shares, each destination apart."""

    wanted: tuple[Wanted, ...]
    conflicts: tuple[Unchecked, ...]
    images: int


def chosen(wanted: Iterable[Wanted], share: Share) -> Chosen:
    """Choose those of *wanted*, in the order of the file, that are in *share*."""
    claims, taken, images = Claims(), [], 0
    conflicts: list[Unchecked] = []
    for one in wanted:
        source = one.source.reference.naming(one.name)
        free, refused = claims.take(source, one.destinations)
        due = tuple(
            each for each in free if share.takes(each.place.reference.naming(each.tag or one.name))
        )
        if due:
            taken.append(replace(one, destinations=due))
        conflicts += [
            Unchecked(one.stage, each.destination, str(each.error))
            for each in refused
            if share.takes(each.destination)
        ]
        images += len(one.destinations)
    return Chosen(tuple(taken), tuple(conflicts), images)
