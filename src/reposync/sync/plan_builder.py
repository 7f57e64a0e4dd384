"""The plan, gathered: a listener that keeps every decision, in the order of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.decision import Action, Decision
from reposync.plan.document import Plan
from reposync.sync import events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reposync.errors import RepoSyncError
    from reposync.oci.digest import Digest
    from reposync.plan.sizes import Sizes
    from reposync.sync.events import Event


class PlanBuilder:
    """Gathers a plan; ``errors`` are those of which the reasons of its errors speak."""

    def __init__(self) -> None:
        self._stages: dict[str, int] = {}
        self._decisions: list[Decision] = []
        self.errors: dict[str, RepoSyncError] = {}

    def __call__(self, event: Event) -> None:
        """Take *event* into account."""
        match event:
            case events.RunStarted():
                self._stages = {name: number for number, name in enumerate(event.stages)}
            case events.ImageEnded():
                self._decisions += event.decisions
                for outcome in event.outcomes:
                    self._note(outcome.error)
            case events.StageFailed():
                self._note(event.error)
                self._add_stage(event, Action.ERROR, str(event.error))
            case events.StageSkipped():
                self._add_stage(event, Action.SKIP, f"not run: {event.reason}")
            case _:
                pass

    def build(
        self,
        made_at: datetime,
        config_digest: Digest,
        pulls: Mapping[str, int],
        sizes: Sizes | None = None,
    ) -> Plan:
        """Return the plan of all that was heard: in the order of the file, then by name."""
        decisions = sorted(self._decisions, key=self._rank)
        counted = decisions if sizes is None else sizes.counted(decisions)
        return Plan(made_at, config_digest, tuple(counted), pulls)

    def _add_stage(
        self, event: events.StageFailed | events.StageSkipped, action: Action, reason: str
    ) -> None:
        """Add a decision about a repository, or a whole stage, whose images are not known."""
        for number, destination in enumerate(event.destinations):
            self._decisions.append(
                Decision(
                    stage=event.stage,
                    rule=number,
                    action=action,
                    source=event.source,
                    destination=destination,
                    reason=reason,
                )
            )

    def _note(self, error: RepoSyncError | None) -> None:
        if error is not None:
            self.errors.setdefault(str(error), error)

    def _rank(self, decision: Decision) -> tuple[int, str, int, str]:
        stage = self._stages.get(decision.stage, len(self._stages))
        return stage, decision.source.name, decision.rule, str(decision.destination)
