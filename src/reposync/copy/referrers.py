"""Referrers: signatures, attestations, SBOMs and all else that points to an image.

Found by the registry's own list, by its fallback tag, and by cosign's tags; for every manifest of
the image, and for referrers of referrers. A referrer is pushed after those that point to it, and
so is seen by nobody before it is whole: one that is missing at a destination is the sign that more
may be missing, and one that is there needs no second look.

Spec: distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.copy_state import fail_all, pending
from reposync.copy.parts import Kind
from reposync.copy.run_all import results, run_all
from reposync.errors import (
    ContentError,
    DeniedError,
    NotFoundError,
    RepoSyncError,
    UnreadableError,
)
from reposync.oci.digest import Digest
from reposync.oci.referrers import fallback_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.copy_state import CopyState
    from reposync.copy.graph import GraphCopier, Walk
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest

_DEPTH_LIMIT = 8
_COUNT_LIMIT = 10_000
_LARGE_BYTES = 8 * 1024


class ReferrerSearch(Struct):
    """The search for the referrers of one image; ``seen`` ends circles in wrong lists.

    It has the raw digests of everything that any list named.
    """

    walk: Walk
    rule: ReferrerRule
    deep: bool
    seen: set[bytes] = field(default_factory=set)


class _Listed(Struct, frozen=True):
    """What a list of referrers tells that is needed: there may be thousands, for many images.

    ``raw`` are digests; ``large_bytes`` has the sizes of those that are more than a few kilobytes.
    """

    raw: tuple[bytes, ...]
    large_bytes: Mapping[bytes, int]

    def size_bytes(self, raw: bytes) -> int:
        return self.large_bytes.get(raw, 0)


class _Subject(Struct, frozen=True):
    """What referrers are looked for, how far from the image, and what each delivery has of them."""

    digest: Digest
    depth: int
    states: Sequence[CopyState]
    there: Sequence[frozenset[bytes]] = ()

    def lacking(self, referrer: bytes) -> list[CopyState]:
        pairs = zip(self.states, self.there, strict=True)
        return [one for one, digests in pairs if one.is_open and referrer not in digests]


class ReferrerCopier(Struct):
    """Copies referrers, sharing what it learns among all of a run."""

    graph: GraphCopier
    _learning: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def knows_of_none(self, source: Source, subject: Digest) -> bool:
        """Return whether it needs no question any more that nothing at *source* points to it."""
        lacks_api = source.has_referrers_api is False
        return lacks_api and self.graph.digest_tags.knows_of_none(source.reference, subject)

    async def bring(
        self,
        walk: Walk,
        rule: ReferrerRule,
        subjects: Iterable[Digest],
        states: Sequence[CopyState],
        *,
        deep: bool = False,
    ) -> None:
        """Bring the referrers of *subjects* that are not there yet to all *states*.

        Those of a referrer that is there already are looked for when *deep*.
        """
        search = ReferrerSearch(walk, rule, deep)
        await self.graph.parts.for_each(
            (Kind.SUBJECT, 0),
            tuple(subjects),
            lambda each: self._bring_all(search, _Subject(each, 0, states)),
        )

    async def _bring_all(self, search: ReferrerSearch, subject: _Subject) -> None:
        """Bring what points to *subject*, by a list or by a tag."""
        try:
            tags = await self.graph.digest_tags.of(search.walk.source, subject.digest)
            listed = await self._listed(search, subject.digest, tags)
        except RepoSyncError as error:
            name = f"list the referrers of {subject.digest.short}"
            fail_all(subject.states, name, error)
            return
        if listed.raw and subject.depth >= _DEPTH_LIMIT:
            endless = ContentError(f"referrers point to one another more than {_DEPTH_LIMIT} deep")
            fail_all(subject.states, f"list the referrers of {subject.digest.short}", endless)
            return
        if listed.raw:
            there = await results(
                [_listed_there(one, subject.digest, listed) for one in subject.states]
            )
            subject = replace(subject, there=there)
        fallback = fallback_tag(subject.digest)
        named = [tag for tag in tags if tag != fallback and search.rule.wants_tag(tag)]
        await run_all(
            [
                self._bring_listed(search, subject, listed),
                *(self._bring_tag(search.walk, tag, pending(subject.states)) for tag in named),
            ]
        )

    async def _bring_listed(
        self, search: ReferrerSearch, subject: _Subject, listed: _Listed
    ) -> None:
        await self.graph.parts.for_each(
            (Kind.REFERRER, subject.depth),
            listed.raw,
            lambda each: self._bring_one(search, subject, each),
            listed.size_bytes,
        )

    async def _listed(
        self, search: ReferrerSearch, subject: Digest, tags: Sequence[str]
    ) -> _Listed:
        listed = await self._asked(search, subject, is_tagged=fallback_tag(subject) in tags)
        found = {each.digest.raw: each for each in listed}
        new = {raw: each for raw, each in found.items() if raw not in search.seen}
        search.seen.update(new)
        if len(search.seen) > _COUNT_LIMIT:
            raise ContentError(f"there are more than {_COUNT_LIMIT} of them")
        wanted = {
            raw: each.size
            for raw, each in new.items()
            if not each.artifact_type or search.rule.wants(each.artifact_type)
        }
        large = {raw: size for raw, size in wanted.items() if size > _LARGE_BYTES}
        return _Listed(tuple(wanted), large)

    async def _asked(
        self, search: ReferrerSearch, subject: Digest, *, is_tagged: bool
    ) -> tuple[Descriptor, ...]:
        """Ask the source, but not one that has no list for what no tag tells of.

        While nobody knows whether it has one, a single image asks and the others wait.
        """
        source = search.walk.source
        types = search.rule.artifact_types
        artifact_type = types[0] if len(types) == 1 else ""
        ask = partial(source.list_referrers, subject, artifact_type, is_tagged=is_tagged)
        try:
            if source.has_referrers_api is None:
                async with self._learning[source.host]:
                    if source.has_referrers_api is None:
                        return await ask()
            if source.has_referrers_api is False and not is_tagged:
                return ()
            return await ask()
        except NotFoundError:
            return ()

    async def _bring_one(self, search: ReferrerSearch, subject: _Subject, raw: bytes) -> None:
        lacking, referrer = subject.lacking(raw), Digest.of_raw(raw)
        concerned = pending(subject.states) if search.deep else lacking
        beyond = _Subject(referrer, subject.depth + 1, concerned)
        if not lacking:
            if concerned:
                await self._bring_all(search, beyond)
            return
        manifest = await self.graph.fetch(search.walk, referrer, lacking)
        if manifest is None or not search.rule.wants(manifest.artifact_type):
            return
        if manifest.subject is None or manifest.subject.digest != subject.digest:
            return  # it was listed by mistake
        await self._bring_all(search, beyond)
        await self.graph.bring_below(search.walk, manifest, pending(lacking))
        await run_all([self._push(search.walk, manifest, one) for one in pending(lacking)])

    async def _bring_tag(self, walk: Walk, tag: str, states: Sequence[CopyState]) -> None:
        """Bring what one of cosign's tags names; it moves when something is added to it."""
        try:
            root = await walk.source.resolve(tag)
        except RepoSyncError as error:
            fail_all(states, f"look up tag {tag}", error)
            return
        if root is None:
            return
        there = await results([_resolved_there(one, tag) for one in states])
        late = [
            one
            for one, digest in zip(states, there, strict=True)
            if one.is_open and digest != root.digest and not _is_kept(one, digest)
        ]
        manifest = await self.graph.fetch(walk, root.digest, late) if late else None
        if manifest is not None:
            await self.graph.bring_below(walk, manifest, late)
            await run_all([self._push(walk, manifest, one, tag) for one in pending(late)])

    async def _push(self, walk: Walk, manifest: Manifest, state: CopyState, tag: str = "") -> None:
        await self.graph.push(walk, manifest, state, tag)
        state.referrers_sent += state.is_open


async def _listed_there(state: CopyState, subject: Digest, listed: _Listed) -> frozenset[bytes]:
    """Return which of those *listed* the destination lists too."""
    try:
        there = await state.destination.list_referrers(subject)
    except (DeniedError, NotFoundError):
        return frozenset()  # some say so of what is not there yet; the push will tell
    except RepoSyncError as error:
        state.fail(f"list the referrers of {subject.short}", "destination", error)
        return frozenset()
    raw = {each.digest.raw for each in there}
    return frozenset(each for each in listed.raw if each in raw)


async def _resolved_there(state: CopyState, tag: str) -> Digest | None:
    try:
        there = await state.destination.resolve(tag)
    except (DeniedError, NotFoundError, UnreadableError):
        return None
    except RepoSyncError as error:
        state.fail(f"look up tag {tag}", "destination", error)
        return None
    return there.digest if there else None


def _is_kept(state: CopyState, there: Digest | None) -> bool:
    return there is not None and state.rule.overwrite.only_adds
