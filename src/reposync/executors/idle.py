"""The executor of a plan: it leaves all as it is, and reports what could not be decided."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from reposync.executors.settled import settled

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reposync.copy.abilities import Source
    from reposync.copy.image import ReleaseSlot
    from reposync.copy.outcome import Outcome
    from reposync.plan.planner import PlannedImage


class IdleExecutor:
    """Does nothing; see ``Executor``."""

    def expecting(self) -> AbstractContextManager[None]:
        """See ``Executor``."""
        return nullcontext()

    async def execute(
        self, source: Source, image: PlannedImage, release_slot: ReleaseSlot
    ) -> tuple[Outcome, ...]:
        """Return outcomes for what failed alone."""
        del source, release_slot
        return tuple(settled(each) for each in image.decisions if each.error is not None)
