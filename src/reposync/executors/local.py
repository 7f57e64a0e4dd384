"""The executor that carries decisions out in this process."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from reposync.copy.copy_state import CopyState
from reposync.copy.image import Root
from reposync.decision import SYNCED
from reposync.executors.settled import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from reposync.copy.abilities import Source
    from reposync.copy.image import ReleaseSlot
    from reposync.copy.outcome import Outcome
    from reposync.plan.planner import Planned, PlannedImage


class Copier(Protocol):
    """Carries out decisions about one image."""

    async def carry_out(
        self, source: Source, root: Root, states: Sequence[CopyState], release_slot: ReleaseSlot
    ) -> tuple[Outcome, ...]:
        """Do what was decided, for all *states*; see ``ImageCopier.carry_out``."""
        ...


class LocalExecutor(Struct):
    """Lets *copier* carry out decisions; *expecting* counts the images that may still come."""

    copier: Copier
    expecting: Callable[[], AbstractContextManager[None]] = nullcontext

    async def execute(
        self, source: Source, image: PlannedImage, release_slot: ReleaseSlot
    ) -> tuple[Outcome, ...]:
        """See ``Executor``."""
        states = [_state(each) for each in image.decisions if _is_carried_out(each)]
        ended: tuple[Outcome, ...] = ()
        if states:
            root = Root(image.name, image.root)
            ended = await self.copier.carry_out(source, root, states, release_slot)
        copied = iter(ended)
        return tuple(
            next(copied) if _is_carried_out(each) else settled(each) for each in image.decisions
        )


def _is_carried_out(planned: Planned) -> bool:
    return planned.error is None and planned.decision.action in SYNCED


def _state(planned: Planned) -> CopyState:
    return CopyState(
        planned.target.destination,
        planned.decision,
        planned.target.desired.rule,
        needs_referrers_alone=planned.needs_referrers_alone,
        is_exact=planned.is_exact,
        found_digest=planned.decision.found_digest,
    )
