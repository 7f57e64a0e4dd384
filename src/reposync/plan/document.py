"""A plan: all decisions of a run, and of which file and when they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003 -- msgspec reads the types
from datetime import datetime  # noqa: TC003 -- the same

from msgspec import Struct, field

from reposync.decision import Action, Decision
from reposync.oci.digest import Digest  # noqa: TC001 -- the same


class Plan(Struct, frozen=True):
    """Decisions in the order of the file, then by name.

    ``made_at`` is aware of its time zone; ``config_digest`` is of the bytes of the file; ``pulls``
    are those that the plan would cost, by the hosts that count them.
    """

    made_at: datetime
    config_digest: Digest
    decisions: tuple[Decision, ...]
    pulls: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many decisions there are of each action that there is."""
        found = Counter(decision.action for decision in self.decisions)
        return {action.value: found[action] for action in Action if found[action]}
