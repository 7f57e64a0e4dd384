"""Copying referrers: each with all that it needs, after those that point to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.copy_state import CopyState, pending
from reposync.copy.graph import GraphCopier, Walk
from reposync.copy.referrer_walk import ReferrerSearch, ReferrerWalk, Subject
from reposync.copy.run_all import run_all

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest


class ReferrerCopier(ReferrerWalk[CopyState]):
    """Copies referrers, sharing what it learns among all of a run."""

    def __init__(self, graph: GraphCopier) -> None:
        super().__init__(graph.digest_tags, graph.manifests, graph.parts)
        self._graph = graph

    async def take_referrer(
        self,
        search: ReferrerSearch,
        subject: Subject[CopyState],
        manifest: Manifest,
        lacking: list[CopyState],
    ) -> None:
        """Copy a referrer to *lacking*, after those that point to it."""
        concerned = pending(subject.receivers) if search.deep else lacking
        await self.take_all(search, Subject(manifest.digest, subject.depth + 1, concerned))
        walk = Walk(search.source, search.image)
        await self._graph.bring_below(walk, manifest, pending(lacking))
        await run_all([self._push(walk, manifest, one) for one in pending(lacking)])

    async def take_tag(
        self, search: ReferrerSearch, tag: str, root: Descriptor, late: list[CopyState]
    ) -> None:
        """Copy what one of cosign's tags names to *late*."""
        walk = Walk(search.source, search.image)
        manifest = await self._graph.fetch(walk, root.digest, late)
        if manifest is not None:
            await self._graph.bring_below(walk, manifest, late)
            await run_all([self._push(walk, manifest, one, tag) for one in pending(late)])

    async def _push(self, walk: Walk, manifest: Manifest, state: CopyState, tag: str = "") -> None:
        await self._graph.push(walk, manifest, state, tag)
        state.referrers_sent += state.is_open
