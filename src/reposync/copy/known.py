"""What earlier runs know of a destination's tags; where it is kept is decided elsewhere.

It is asked where the registries alone would cost more than one look on either side: for an index
that was made smaller, one of which only a part stands there, and a tag that never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reposync.oci.reference import Reference
    from reposync.standing import Standing


class Ledger(Protocol):
    """Remembers what was put where."""

    def recall(self, place: Reference) -> Standing | None:
        """Give what is known of *place*, a repository with a tag or a digest."""
        ...

    def record(self, place: Reference, standing: Standing) -> None:
        """Remember that *standing* is true of *place* now."""
        ...


class Forgetful:
    """A ledger for the length of a run."""

    def __init__(self) -> None:
        self._standings: dict[Reference, Standing] = {}

    def recall(self, place: Reference) -> Standing | None:
        """See ``Ledger``."""
        return self._standings.get(place)

    def record(self, place: Reference, standing: Standing) -> None:
        """See ``Ledger``."""
        self._standings[place] = standing
