"""Which stages failed: what decides whether a stage that depends on them is run.

A stage failed when it, or any image of it, failed. One that was skipped counts as failed for those
that depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.outcome import Status
from reposync.sync.events import ImageEnded, StageFailed, StageSkipped
from reposync.sync.stages import OnDependencyFailure

if TYPE_CHECKING:
    from reposync.sync.events import Event, Listener
    from reposync.sync.stages import Stage


class FailedStages:
    """A listener that remembers the stages that failed, and passes every event on."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._failed: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Remember what *event* says about its stage."""
        match event:
            case ImageEnded():
                if any(outcome.status is Status.FAILED for outcome in event.outcomes):
                    self._failed[event.stage] = "failed"
            case StageSkipped():
                self._failed[event.stage] = "was skipped"
            case StageFailed():
                self._failed[event.stage] = "failed"
            case _:
                pass
        self._listener(event)

    def reason_to_skip(self, stage: Stage) -> str:
        """Return why *stage*, whose dependencies have ended, is not run; empty if it is."""
        if stage.on_dependency_failure is OnDependencyFailure.CONTINUE:
            return ""
        failed = (name for name in dict.fromkeys(stage.depends_on) if name in self._failed)
        return ", ".join(f"stage {name} {self._failed[name]}" for name in failed)
