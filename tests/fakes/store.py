"""A registry without HTTP: every ability of the engine's, in memory.

    registry = MemoryRegistry()
    repository = registry.repository("team/app")
    images.fill(repository, images.multi_platform("a"), "1.0")
    registry.fail(Failure("push_blob", UnavailableError("busy"), after_bytes=100))

``calls`` tells what was asked and ``pushes`` what was put there, both in order, so that tests can
ask for leaves first or count what a run costs. Like registries it refuses a manifest whose parts
are missing, and content that is not what its descriptor says. Without ``referrers_api`` it keeps
the list of referrers behind the fallback tag, as clients of old registries do. Every operation
gives way to other tasks at least once, so that those that can overlap do.
"""

from __future__ import annotations

import asyncio
import collections
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.fakes.failures import Call, Failure, FailurePlan, Operation

from reposync.errors import ConflictError, InvalidReferenceError, NotFoundError, RegistryError
from reposync.oci import manifest as oci_manifest
from reposync.oci import media_type, referrers
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest, DigestCheck, verify
from reposync.oci.reference import Reference, canonical_repository

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from reposync.oci.manifest import Manifest

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Push:
    """Something that was put into a repository, and how; ``tag`` is empty where none was given."""

    kind: Literal["blob", "mount", "manifest"]
    repository: str
    digest: Digest
    tag: str = ""


@dataclass(frozen=True, slots=True)
class _StoredManifest:
    content: bytes
    media_type: str


class MemoryRegistry:
    """Repositories by name, which share their blobs' content.

    ``mounts`` lets blobs be mounted, ``catalog`` lets repositories be listed, ``immutable`` is a
    regular expression for whole tags that never move; without ``checks_parts`` a manifest is taken
    whose parts are missing, as some registries do. ``tags_at_once`` is how many tags one answer
    lists at most; ``counts_pulls``, ``is_near`` and ``is_at_hand`` are what its repositories say
    of themselves.
    """

    def __init__(
        self,
        host: str = "memory.example",
        *,
        mounts: bool = True,
        referrers_api: bool = True,
        catalog: bool = True,
        immutable: str = "",
        checks_parts: bool = True,
        tags_at_once: int = 1000,
        counts_pulls: bool = False,
        is_near: bool = False,
        is_at_hand: bool = False,
    ) -> None:
        self.host = host
        self.tags_at_once = tags_at_once
        self.counts_pulls = counts_pulls
        self.is_near = is_near
        self.is_at_hand = is_at_hand
        self.mounts = mounts
        self.referrers_api = referrers_api
        self.catalog = catalog
        self.immutable = immutable
        self.checks_parts = checks_parts
        self.contents: dict[Digest, bytes] = {}
        self.calls: list[Call] = []
        self.pushes: list[Push] = []
        self.max_in_flight: collections.Counter[Operation] = collections.Counter()
        self._in_flight: collections.Counter[Operation] = collections.Counter()
        self._failures = FailurePlan()
        self._repositories: dict[str, MemoryRepository] = {}
        self._called = asyncio.Event()
        self._was_pushed = asyncio.Event()

    def repository(self, name: str) -> MemoryRepository:
        """Return the repository, always the same one for the same name; new and empty at first."""
        return self._repositories.setdefault(name, MemoryRepository(self, name))

    async def list_repositories(self) -> AsyncGenerator[str, None]:
        """See ``abilities.RepositoryLister``; those that hold something, in alphabetical order."""
        async with self.perform(Call("list_repositories", "", "")):
            if not self.catalog:
                raise RegistryError(f"{self.host} does not list its repositories", status=404)
            for name, repository in sorted(self._repositories.items()):
                if repository.blobs or repository.manifests:
                    yield name

    def fail(self, *failures: Failure) -> None:
        """Plan failures behind those that are planned."""
        for failure in failures:
            self._failures.add(failure)

    def fail_by_chance(self, chance: Callable[[Call], Failure | None]) -> None:
        """Ask *chance* how each call fails that no planned failure strikes."""
        self._failures.chance = chance

    @property
    def repositories(self) -> dict[str, MemoryRepository]:
        """All that anybody asked for, by name."""
        return self._repositories

    def heal(self) -> None:
        """Let no more calls fail."""
        self._failures = FailurePlan()

    def corrupt(self, digest: Digest) -> None:
        """Turn over the last bit of a blob that lies here."""
        content = self.contents[digest]
        self.contents[digest] = content[:-1] + bytes([content[-1] ^ 1])

    def count(self, operation: Operation, subject: str = "") -> int:
        """Count the calls of *operation* so far, about *subject* alone where it is given."""
        return sum(call.matches(operation, subject) for call in self.calls)

    async def called(self, operation: Operation, count: int = 1) -> None:
        """Wait until *operation* was called *count* times."""
        while self.count(operation) < count:
            await self._called.wait()

    async def pushed(self, tag: str) -> None:
        """Wait until *tag* is in any repository."""
        while not any(push.tag == tag for push in self.pushes):
            self._was_pushed.clear()
            await self._was_pushed.wait()

    def note(self, push: Push) -> None:
        """Write *push* into the journal."""
        self.pushes.append(push)
        self._was_pushed.set()

    @asynccontextmanager
    async def perform(self, call: Call) -> AsyncIterator[Failure | None]:
        """Note *call*, and fail it if that is planned; give the failure that strikes later on."""
        self.calls.append(call)
        self._called.set()
        self._called = asyncio.Event()
        operation = call.operation
        self._in_flight[operation] += 1
        self.max_in_flight[operation] = max(
            self.max_in_flight[operation], self._in_flight[operation]
        )
        try:
            await asyncio.sleep(0)
            failure = self._failures.strike(call)
            is_late = failure is not None and failure.after_effect
            if failure is not None and failure.after_bytes == 0 and not is_late:
                await failure.strike()
            yield failure
            if failure is not None and is_late:
                await failure.strike()
        finally:
            self._in_flight[operation] -= 1


@dataclass(eq=False, slots=True)
class MemoryRepository:
    """One repository: a Source and a Destination.

    ``blobs``, ``manifests`` and ``tags`` are there to be looked at.
    """

    registry: MemoryRegistry
    name: str
    blobs: set[Digest] = field(default_factory=set)
    manifests: dict[Digest, _StoredManifest] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)

    @property
    def reference(self) -> Reference:
        """Where it is."""
        return Reference(self.registry.host, self.name)

    @property
    def host(self) -> str:
        """See ``abilities.Located``."""
        return self.registry.host

    @property
    def has_referrers_api(self) -> bool:
        """See ``abilities.ReferrerLister``."""
        return self.registry.referrers_api

    @property
    def counts_pulls(self) -> bool:
        """See ``abilities.Source``."""
        return self.registry.counts_pulls

    @property
    def is_near(self) -> bool:
        """See ``abilities.Source``."""
        return self.registry.is_near

    @property
    def is_at_hand(self) -> bool:
        """See ``abilities.Destination``."""
        return self.registry.is_at_hand

    def add_blob(self, content: bytes) -> Digest:
        """Hold a blob; no journal tells of it."""
        digest = Digest.of(content)
        self._keep(digest, content)
        return digest

    def add_manifest(
        self, content: bytes, media_type: str, *tags: str, algorithm: str = "sha256"
    ) -> Digest:
        """Hold a manifest that *tags* name, without a check; no journal tells of it."""
        digest = Digest.of(content, algorithm)
        self.manifests[digest] = _StoredManifest(content, media_type)
        self.tags.update(dict.fromkeys(tags, digest))
        return digest

    def is_index(self, tag_or_digest: str) -> bool:
        """Return whether *tag_or_digest* names an index here."""
        digest = self._named(tag_or_digest)
        return digest is not None and self.manifests[digest].media_type in media_type.INDEXES

    async def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """See ``abilities.Resolver``."""
        async with self._perform("resolve", tag_or_digest):
            digest = self._named(tag_or_digest)
            if digest is None:
                return None
            stored = self.manifests[digest]
            return Descriptor(stored.media_type, digest, len(stored.content))

    async def fetch_tagged(self, tag: str) -> Manifest:
        """See ``abilities.Source``."""
        return await self.fetch_manifest(tag)

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """See ``abilities.ManifestFetcher``."""
        async with self._perform("fetch_manifest", tag_or_digest):
            digest = self._named(tag_or_digest)
            if digest is None:
                raise self._absent("manifest", tag_or_digest)
            stored = self.manifests[digest]
            verify(stored.content, digest)
            return oci_manifest.parse(stored.content, stored.media_type, digest)

    @asynccontextmanager
    async def open_blob(self, blob: Descriptor) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``abilities.BlobFetcher``."""
        async with self._perform("open_blob", blob.digest) as failure:
            if blob.digest not in self.blobs:
                raise self._absent("blob", blob.digest)
            chunks = _read(blob, self.registry.contents[blob.digest], failure)
            try:
                yield chunks
            finally:
                await chunks.aclose()

    async def blob_size(self, blob: Descriptor) -> int | None:
        """See ``abilities.BlobInspector``."""
        async with self._perform("blob_size", blob.digest):
            is_stored = blob.digest in self.blobs
            return len(self.registry.contents[blob.digest]) if is_stored else None

    async def list_tags(self) -> AsyncIterator[str]:
        """See ``abilities.TagLister``."""
        async with self._perform("list_tags", ""):
            if not self.blobs and not self.manifests:
                raise self._absent("repository", self.name)
            for tag in sorted(self.tags):
                yield tag

    async def list_few_tags(self) -> frozenset[str] | None:
        """See ``abilities.FewTagsLister``."""
        async with self._perform("list_few_tags", ""):
            return frozenset(self.tags) if len(self.tags) <= self.registry.tags_at_once else None

    async def list_referrers(
        self, subject: Digest, artifact_type: str = "", *, is_tagged: bool = True
    ) -> tuple[Descriptor, ...]:
        """See ``abilities.ReferrerLister``."""
        async with self._perform("list_referrers", subject):
            if not self.registry.referrers_api and not is_tagged:
                return ()
            listed = self._indexed if self.registry.referrers_api else self._behind_the_tag
            return tuple(
                entry for entry in listed(subject) if artifact_type in {"", entry.artifact_type}
            )

    async def has_blob(self, blob: Descriptor) -> bool:
        """See ``abilities.BlobPusher``."""
        async with self._perform("has_blob", blob.digest):
            return blob.digest in self.blobs

    async def mount_blob(self, blob: Descriptor, from_repository: str) -> bool:
        """See ``abilities.BlobPusher``."""
        async with self._perform("mount_blob", blob.digest):
            other = self.registry.repository(from_repository)
            if not self.registry.mounts or blob.digest not in other.blobs:
                return False
            self.blobs.add(blob.digest)
            self.registry.note(Push("mount", self.name, blob.digest))
            return True

    async def push_blob(self, blob: Descriptor, chunks: AsyncIterator[bytes]) -> None:
        """See ``abilities.BlobPusher``."""
        try:
            async with self._perform("push_blob", blob.digest) as failure:
                content = await _collect(blob, chunks, failure)
                self._keep(blob.digest, content)
                self.registry.note(Push("blob", self.name, blob.digest))
        finally:
            await _close(chunks)

    async def push_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """See ``abilities.ManifestPusher``."""
        async with self._perform("push_manifest", tag or manifest.digest):
            verify(manifest.content, manifest.digest)
            self._check_parts(manifest)
            self._check_tag(tag, manifest.digest)
            self._put(manifest, tag)
            if not self.registry.referrers_api:
                self.list_behind_the_tag(manifest)

    def _put(self, manifest: Manifest, tag: str) -> None:
        """Keep it under the digest that it is pushed by; registries give a tag's a sha256."""
        digest = Digest.of(manifest.content) if tag else manifest.digest
        self.manifests[digest] = _StoredManifest(manifest.content, manifest.descriptor.media_type)
        if tag:
            self.tags[tag] = digest
        self.registry.note(Push("manifest", self.name, digest, tag))

    def _indexed(self, subject: Digest) -> Iterator[Descriptor]:
        for digest, stored in self.manifests.items():
            if subject.encode() in stored.content:
                manifest = oci_manifest.parse(stored.content, stored.media_type, digest)
                if manifest.subject is not None and manifest.subject.digest == subject:
                    yield referrers.described(manifest)

    def _behind_the_tag(self, subject: Digest) -> Iterator[Descriptor]:
        digest = self._named(referrers.fallback_tag(subject))
        if digest is not None:
            yield from referrers.read_index(self.manifests[digest].content).manifests

    def list_behind_the_tag(self, manifest: Manifest) -> None:
        """List *manifest* behind the fallback tag of its subject, if any, as clients do."""
        if manifest.subject is None:
            return
        tag = referrers.fallback_tag(manifest.subject.digest)
        digest = self._named(tag)
        before = self.manifests[digest].content if digest is not None else None
        after = referrers.added(before, manifest)
        if after != before:
            self._put(referrers.read_index(after), tag)

    @asynccontextmanager
    async def _perform(self, operation: Operation, subject: str) -> AsyncIterator[Failure | None]:
        async with self.registry.perform(Call(operation, self.name, subject)) as failure:
            self._check_name()
            yield failure

    def _check_name(self) -> None:
        try:
            canonical_repository(self.registry.host, self.name)
        except InvalidReferenceError as error:
            raise RegistryError(str(error), status=400, codes=("NAME_INVALID",)) from error

    def _named(self, tag_or_digest: str) -> Digest | None:
        named = self.tags.get(tag_or_digest)
        if named is not None:
            return named
        return next((digest for digest in self.manifests if digest == tag_or_digest), None)

    def _keep(self, digest: Digest, content: bytes) -> None:
        self.registry.contents[digest] = content
        self.blobs.add(digest)

    def _check_parts(self, manifest: Manifest) -> None:
        """Refuse a manifest that points to what is not here; in an index a blob will do too."""
        held = self.blobs | self.manifests.keys() if manifest.is_index else self.blobs
        for part in (*manifest.manifests, *manifest.blobs):
            is_missing = part.digest not in held and not part.is_foreign
            if is_missing and self.registry.checks_parts:
                raise RegistryError(
                    f"{self.reference} lacks {part.digest.short}",
                    method="PUT",
                    status=400,
                    codes=("MANIFEST_BLOB_UNKNOWN",),
                )

    def _check_tag(self, tag: str, digest: Digest) -> None:
        """Refuse to move a tag that is immutable."""
        moves = tag in self.tags and self.tags[tag] != digest
        if moves and re.fullmatch(self.registry.immutable, tag):
            raise ConflictError(f"{self.reference} refuses to move tag {tag}, which is immutable")

    def _absent(self, kind: str, subject: str) -> NotFoundError:
        return NotFoundError(f"{self.reference} has no {kind} {subject}", status=404)


async def _read(
    blob: Descriptor, content: bytes, failure: Failure | None
) -> AsyncGenerator[bytes, None]:
    """Return the content in chunks, the last one when all of it was checked."""
    check = DigestCheck(blob.digest, blob.size)
    for start in range(0, len(content), _CHUNK_BYTES):
        chunk = content[start : start + _CHUNK_BYTES]
        check.update(chunk)
        if failure is not None and start + len(chunk) > failure.after_bytes:
            await failure.strike()
        if not check.missing_bytes:
            check.finish()
        yield chunk
        await asyncio.sleep(0)
    check.finish()


async def _collect(
    blob: Descriptor, chunks: AsyncIterator[bytes], failure: Failure | None
) -> bytes:
    check = DigestCheck(blob.digest, blob.size)
    content = bytearray()
    async for chunk in chunks:
        check.update(chunk)
        content += chunk
        if failure is not None and len(content) > failure.after_bytes:
            await failure.strike()
    check.finish()
    return bytes(content)


async def _close(chunks: AsyncIterator[bytes]) -> None:
    """Close an iterator that can be closed, as async generators can."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()
