"""Planning without doing: decisions that are kept, and what comes of them for later stages.

Beside what a run looks at before it copies, this reads which platforms an index has, since that
decides whether anything is copied, and what digest it gets.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.platform_choice import reason_to_skip
from reposync.copy.run_all import results
from reposync.decision import SYNCED, Action
from reposync.errors import CopyError, RepoSyncError
from reposync.oci import media_type
from reposync.plan.overlay import PlannedWrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest
    from reposync.plan.desired import Target
    from reposync.plan.overlay import Overlay
    from reposync.plan.planner import Planned, PlannedImage, Planner
    from reposync.plan.sizes import Sizes


class Pulls(Struct):
    """How many pulls the planned images would cost, by the hosts that count them."""

    by_host: Counter[str] = field(default_factory=Counter)
    _counted: set[tuple[str, str]] = field(default_factory=set)

    def count(self, source: Source, root: Descriptor, manifests: int) -> None:
        """Count the *manifests* of an image that would be fetched, each image once."""
        key = source.reference.name, root.digest
        if source.counts_pulls and key not in self._counted:
            self._counted.add(key)
            self.by_host[source.reference.registry] += manifests


class DryPlanner(Struct):
    """Decides as *planner* does, and notes in *overlay* what would be written.

    With *sizes* each image that would be copied is walked, to know what would be sent.
    """

    planner: Planner
    manifests: ManifestCache
    overlay: Overlay
    pulls: Pulls
    sizes: Sizes | None = None

    async def decide(self, source: Source, name: str, targets: Sequence[Target]) -> PlannedImage:
        """Decide what should happen to an image; see ``Planner.decide``."""
        image = await self.planner.decide(source, name, targets)
        root = image.root
        for each in image.decisions:
            if each.needs_referrers_alone and each.error is None:
                self._note_referrers(source, each)
        if root is None:
            return image
        decisions = await results(
            [self._thought_through(source, root, each) for each in image.decisions]
        )
        return replace(image, decisions=tuple(decisions))

    async def _thought_through(self, source: Source, root: Descriptor, planned: Planned) -> Planned:
        is_written = planned.decision.action in SYNCED and not planned.needs_referrers_alone
        if planned.error is not None or not is_written:
            return planned
        try:
            shaped = await self._shaped(source, root, planned)
            if isinstance(shaped, str):
                decision = replace(planned.decision, action=Action.SKIP, reason=shaped)
                return replace(planned, decision=decision)
            planned = _with_digest(planned, shaped)
            if planned.decision.action in SYNCED:
                await self._measure(source, root, shaped, planned)
        except RepoSyncError as error:
            failed = CopyError("read the image", "source", error)
            decision = replace(planned.decision, action=Action.ERROR, reason=str(failed))
            return replace(planned, decision=decision, error=failed)
        if planned.decision.action in SYNCED:
            self._note(source, root, planned, shaped)
        return planned

    async def _shaped(
        self, source: Source, root: Descriptor, planned: Planned
    ) -> Manifest | str | None:
        """Return what the rule makes of the image, or why it lets nothing through.

        None where that need not be known, or costs a pull: an index is none.
        """
        rule = planned.target.desired.rule.platforms
        is_index = root.media_type in media_type.INDEXES
        is_read = is_index or self.sizes is not None or not source.counts_pulls
        if rule is None or not is_read:
            return None
        manifest = await self.manifests.fetch(source, root.digest)
        reason = await reason_to_skip(source, manifest, rule)
        if reason:
            return reason
        return rule.applied(manifest) if manifest.is_index else manifest

    async def _measure(
        self, source: Source, root: Descriptor, shaped: Manifest | None, planned: Planned
    ) -> None:
        manifests = 1
        if self.sizes is not None:
            top = shaped or await self.manifests.fetch(source, root.digest)
            manifests = await self.sizes.walk(source, top, planned)
        self.pulls.count(source, root, manifests)

    def _note(
        self, source: Source, root: Descriptor, planned: Planned, shaped: Manifest | None
    ) -> None:
        target = planned.target
        is_made = shaped is not None and shaped.digest != root.digest
        descriptor = shaped.descriptor if shaped is not None and is_made else root
        write = PlannedWrite(
            stage=planned.decision.stage,
            digest=descriptor.digest,
            source=source,
            tag=target.tag,
            root=descriptor,
            rule=target.desired.rule,
            made=shaped if is_made else None,
        )
        self.overlay.note(target.place, write)

    def _note_referrers(self, source: Source, planned: Planned) -> None:
        """Note an image that is there, and gets what refers to it."""
        target, decision = planned.target, planned.decision
        if decision.digest is not None:
            rule = target.desired.rule
            write = PlannedWrite(decision.stage, decision.digest, source, rule)
            self.overlay.note(target.place, write)


def _with_digest(planned: Planned, shaped: Manifest | None) -> Planned:
    if shaped is None:
        return planned
    decision = replace(planned.decision, digest=shaped.digest)
    if decision.found_digest == shaped.digest and not shaped.is_sparse:
        decision = replace(decision, action=Action.UP_TO_DATE, reason="")
    return replace(planned, decision=decision)
