"""The walk over what points to an image: signatures, attestations, SBOMs and other referrers.

Found by the registry's own list, by its fallback tag, and by cosign's tags; for every manifest of
the image, and for referrers of referrers. A referrer is pushed after those that point to it, and
so is seen by nobody before it is whole: one that is missing at a destination is the sign that more
may be missing, and one that exists there is not looked into.

What is done about a missing one is left to the two that walk: who plans, and who copies.

Spec: distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.one_per_place import AtDestination, one_per_place
from reposync.copy.parts import Kind
from reposync.copy.referrer_listing import DEPTH_LIMIT, new_referrers
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
    from reposync.copy.copy_rule import CopyRule
    from reposync.copy.digest_tags import DigestTags
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.copy.parts import Parts
    from reposync.copy.referrer_rule import ReferrerRule
    from reposync.errors import Side
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_LARGE_BYTES = 8 * 1024


class Receiver(AtDestination, Protocol):
    """A destination that should have what refers to an image, as far as ``rule`` says."""

    @property
    def rule(self) -> CopyRule:
        """What it gets."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether there may still be something to find for it."""
        ...

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """Give it up, because *operation* failed."""
        ...


_R = TypeVar("_R", bound=Receiver)


class ReferrerSearch(Struct):
    """The search for the referrers of *image* at *source*; ``seen`` ends circles in wrong lists.

    It has the raw digests of everything that any list named. Those of a referrer that exists at a
    destination are looked for when ``deep``.
    """

    source: Source
    image: Reference
    rule: ReferrerRule
    deep: bool = False
    seen: set[bytes] = field(default_factory=set)


class Subject(Struct, Generic[_R], frozen=True):
    """What referrers are looked for, how far from the image, and who has which of them."""

    digest: Digest
    depth: int
    receivers: Sequence[_R]
    there: Sequence[frozenset[bytes]] = ()

    def lacking(self, referrer: bytes) -> list[_R]:
        """Return who may still get the referrer with this raw digest."""
        pairs = zip(self.receivers, self.there, strict=True)
        return [one for one, digests in pairs if one.is_open and referrer not in digests]


class _Listed(Struct, frozen=True):
    """What a list of referrers tells that is needed: there may be thousands, for many images.

    ``raw`` are digests; ``large_bytes`` has the sizes of those that are more than a few kilobytes,
    ``untyped`` are those that it gives no artifact type.
    """

    raw: tuple[bytes, ...]
    large_bytes: Mapping[bytes, int]
    untyped: frozenset[bytes] = frozenset()

    def size_bytes(self, raw: bytes) -> int:
        return self.large_bytes.get(raw, 0)


class ReferrerWalk(ABC, Generic[_R]):
    """Walks over referrers, sharing what it learns among all of a run."""

    def __init__(self, digest_tags: DigestTags, manifests: ManifestCache, parts: Parts) -> None:
        self.digest_tags = digest_tags
        self.manifests = manifests
        self._parts = parts

    @abstractmethod
    async def take_referrer(
        self, search: ReferrerSearch, subject: Subject[_R], manifest: Manifest, lacking: list[_R]
    ) -> None:
        """Do what is to be done about a referrer of *subject* that *lacking* do not have."""

    def take_unread(self, source: Source, referrer: Digest, lacking: list[_R]) -> bool:
        """Take a referrer that *lacking* do not have without reading it; return whether that did.

        Its artifact type is known from the list, and is one that is wanted.
        """
        del source, referrer, lacking
        return False

    @abstractmethod
    async def take_tag(
        self, search: ReferrerSearch, tag: str, root: Descriptor, late: list[_R]
    ) -> None:
        """Do what is to be done about one of cosign's tags, which names another thing at *late*."""

    def knows_of_none(self, source: Source, subject: Digest) -> bool:
        """Return whether it is known without a request that nothing at *source* points to it."""
        lacks_api = source.has_referrers_api is False
        return lacks_api and self.digest_tags.knows_of_none(source.reference, subject)

    async def walk(
        self, search: ReferrerSearch, subjects: Iterable[Digest], receivers: Sequence[_R]
    ) -> None:
        """Take all referrers of *subjects* that *receivers* do not have yet."""
        with one_per_place(receivers) as firsts:
            await self._parts.for_each(
                (Kind.SUBJECT, 0),
                tuple(subjects),
                lambda each: self.take_all(search, Subject(each, 0, firsts)),
            )

    async def take_all(self, search: ReferrerSearch, subject: Subject[_R]) -> None:
        """Take what points to *subject*, by a list or by a tag."""
        operation = f"list the referrers of {subject.digest.short}"
        try:
            tags = await self.digest_tags.of(search.source, subject.digest)
            listed = await self._listed(search, subject.digest, tags)
        except RepoSyncError as error:
            _fail_all(subject.receivers, operation, error)
            return
        if listed.raw and subject.depth >= DEPTH_LIMIT:
            endless = ContentError(f"referrers point to one another more than {DEPTH_LIMIT} deep")
            _fail_all(subject.receivers, operation, endless)
            return
        if listed.raw:
            there = await results(
                [_listed_there(one, subject.digest, listed) for one in subject.receivers]
            )
            subject = replace(subject, there=there)
        fallback = fallback_tag(subject.digest)
        named = [tag for tag in tags if tag != fallback and search.rule.wants_tag(tag)]
        await run_all(
            [
                self._take_listed(search, subject, listed),
                *(self._take_tag(search, tag, _open(subject.receivers)) for tag in named),
            ]
        )

    async def _take_listed(
        self, search: ReferrerSearch, subject: Subject[_R], listed: _Listed
    ) -> None:
        await self._parts.for_each(
            (Kind.REFERRER, subject.depth),
            listed.raw,
            lambda each: self._take_one(search, subject, each, is_typed=each not in listed.untyped),
            listed.size_bytes,
        )

    async def _listed(
        self, search: ReferrerSearch, subject: Digest, tags: Sequence[str]
    ) -> _Listed:
        wanted = await new_referrers(
            search.source,
            search.rule,
            subject,
            search.seen,
            is_tagged=fallback_tag(subject) in tags,
        )
        large = {each.digest.raw: each.size for each in wanted if each.size > _LARGE_BYTES}
        untyped = frozenset(each.digest.raw for each in wanted if not each.artifact_type)
        return _Listed(tuple(each.digest.raw for each in wanted), large, untyped)

    async def _take_one(
        self, search: ReferrerSearch, subject: Subject[_R], raw: bytes, *, is_typed: bool
    ) -> None:
        lacking, referrer = subject.lacking(raw), Digest.of_raw(raw)
        if not lacking:
            concerned = _open(subject.receivers) if search.deep else []
            if concerned:
                await self.take_all(search, Subject(referrer, subject.depth + 1, concerned))
            return
        if is_typed and self.take_unread(search.source, referrer, lacking):
            return
        try:
            manifest = await self.manifests.fetch(search.source, referrer)
        except RepoSyncError as error:
            _fail_all(lacking, f"read manifest {referrer.short}", error)
            return
        if not search.rule.wants(manifest.artifact_type):
            return
        if manifest.subject is None or manifest.subject.digest != subject.digest:
            return  # it was listed by mistake
        await self.take_referrer(search, subject, manifest, lacking)

    async def _take_tag(self, search: ReferrerSearch, tag: str, receivers: Sequence[_R]) -> None:
        """Take what one of cosign's tags names; it moves when something is added to it."""
        try:
            root = await search.source.resolve(tag)
        except RepoSyncError as error:
            _fail_all(receivers, f"look up tag {tag}", error)
            return
        if root is None:
            return
        there = await results([_resolved_there(one, tag) for one in receivers])
        late = [
            one
            for one, digest in zip(receivers, there, strict=True)
            if one.is_open and digest != root.digest and not _is_kept(one, digest)
        ]
        if late:
            await self.take_tag(search, tag, root, late)


def _open(receivers: Sequence[_R]) -> list[_R]:
    return [one for one in receivers if one.is_open]


def _fail_all(receivers: Sequence[Receiver], operation: str, error: RepoSyncError) -> None:
    for one in receivers:
        one.fail(operation, "source", error)


async def _listed_there(one: Receiver, subject: Digest, listed: _Listed) -> frozenset[bytes]:
    """Return which of those *listed* the destination lists too."""
    try:
        there = await one.destination.list_referrers(subject)
    except (DeniedError, NotFoundError):
        return frozenset()  # some answer so for what does not exist yet; the push finds out
    except RepoSyncError as error:
        one.fail(f"list the referrers of {subject.short}", "destination", error)
        return frozenset()
    raw = {each.digest.raw for each in there}
    return frozenset(each for each in listed.raw if each in raw)


async def _resolved_there(one: Receiver, tag: str) -> Digest | None:
    try:
        there = await one.destination.resolve(tag)
    except (DeniedError, NotFoundError, UnreadableError):
        return None
    except RepoSyncError as error:
        one.fail(f"look up tag {tag}", "destination", error)
        return None
    return there.digest if there else None


def _is_kept(one: Receiver, there: Digest | None) -> bool:
    return there is not None and one.rule.overwrite.only_adds
