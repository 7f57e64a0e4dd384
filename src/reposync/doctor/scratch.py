"""The scratch repository: remembers what was put there, and deletes it again."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import RegistryError, RepoSyncError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from reposync.doctor.contents import Blob
    from reposync.doctor.subject import Subject
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.registry.repository import Repository

_CLEANING_LIMIT_S = 60.0
_CHUNK_BYTES = 256 * 1024


class Cleaned(Struct, frozen=True):
    """What is left of all that was pushed, blobs apart, and why, if anything is."""

    names: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    why: str = ""


class Scratch:
    """The repository *name* of *subject*, and a second one beside it to mount a blob in.

    What is pushed is noted before, so that a push whose answer is lost is cleaned up too. Only what
    was noted is ever deleted.
    """

    def __init__(self, subject: Subject, name: str) -> None:
        self.name = name
        self.repository = subject.at(name, writable=True)
        self.neighbour = subject.at(f"{name}-mount", writable=True)
        self._tags: dict[str, None] = {}
        self._manifests: dict[Digest, None] = {}
        self._blobs: dict[tuple[str, Digest], Repository] = {}

    @contextmanager
    def putting_blob(self, digest: Digest, at: Repository | None = None) -> Iterator[None]:
        """Note a blob that is put there within the block, unless that is refused."""
        at = at or self.repository
        key = at.reference.repository, digest
        self._blobs[key] = at
        with _unless_refused(lambda: self._blobs.pop(key)):
            yield

    def drop_blob(self, digest: Digest, at: Repository | None = None) -> None:
        """Forget a blob that is not there, or no longer."""
        self._blobs.pop(((at or self.repository).reference.repository, digest), None)

    def drop_manifest(self, digest: Digest) -> None:
        """Forget a manifest that is no longer there; tags may still name it."""
        self._manifests.pop(digest, None)

    def note_manifest(self, digest: Digest, tag: str = "") -> None:
        """Note a manifest that is there, under *tag* if there is one."""
        self._manifests[digest] = None
        if tag:
            self._tags[tag] = None

    async def push_blob(self, blob: Blob) -> None:
        """Push a blob as a run does."""
        with self.putting_blob(blob.descriptor.digest):
            await self.repository.push_blob(blob.descriptor, chunks(blob))

    async def push_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """Push a manifest as a run does."""
        is_new = manifest.digest not in self._manifests
        self.note_manifest(manifest.digest, tag)
        with _unless_refused(lambda: self._drop_manifest(manifest.digest if is_new else None, tag)):
            await self.repository.push_manifest(manifest, tag)

    async def clean(self) -> Cleaned:
        """Delete all that was noted, and return what cannot be deleted.

        It takes a minute at most.
        """
        cleaning = _Cleaning(self.repository)
        try:
            async with asyncio.timeout(_CLEANING_LIMIT_S):
                for digest in self._manifests:
                    await cleaning.delete_manifest(digest)
                for tag in self._tags:
                    await cleaning.delete_tag(tag)
                for (_, digest), at in self._blobs.items():
                    await cleaning.delete_blob(digest, at)
        except TimeoutError:
            limit = f"cleaning up took longer than {_CLEANING_LIMIT_S:.0f} s"
            return Cleaned((*cleaning.names, "perhaps more"), (*cleaning.blobs,), limit)
        return Cleaned((*cleaning.names,), (*cleaning.blobs,), cleaning.why)

    def _drop_manifest(self, digest: Digest | None, tag: str) -> None:
        if digest is not None:
            self._manifests.pop(digest, None)
        self._tags.pop(tag, None)


@contextmanager
def _unless_refused(forget: Callable[[], object]) -> Iterator[None]:
    """Call *forget* where the registry refuses what the block sends: then it has nothing of it."""
    try:
        yield
    except RegistryError as error:
        if not error.is_transient:
            forget()
        raise


class _Cleaning:
    """A clean-up of *repository*: the names and blobs that are left, and why the first of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._name = repository.reference.name
        self.names: list[str] = []
        self.blobs: list[str] = []
        self.why = ""

    async def delete_manifest(self, digest: Digest) -> None:
        """Delete a manifest."""
        deletion = self._repository.delete_manifest(digest)
        await self._try(deletion, self.names, f"{self._name}@{digest}")

    async def delete_tag(self, tag: str) -> None:
        """Delete *tag*, if it did not go with its manifest."""
        await self._try(self._tag_deleted(tag), self.names, f"{self._name}:{tag}")

    async def delete_blob(self, digest: Digest, at: Repository) -> None:
        """Delete a blob."""
        what = f"blob {digest} of {at.reference.name}"
        await self._try(at.delete_blob(digest), self.blobs, what)

    async def _tag_deleted(self, tag: str) -> bool:
        is_there = await self._repository.resolve(tag) is not None
        return is_there and await self._repository.delete_tag(tag)

    async def _try(self, deletion: Awaitable[bool], left: list[str], what: str) -> None:
        try:
            await deletion
        except RepoSyncError as error:
            left.append(what)
            self.why = self.why or str(error)


async def chunks(blob: Blob) -> AsyncGenerator[bytes, None]:
    """Iterate over the bytes of *blob*."""
    for start in range(0, len(blob.content), _CHUNK_BYTES):
        yield blob.content[start : start + _CHUNK_BYTES]
