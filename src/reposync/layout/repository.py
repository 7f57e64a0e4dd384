"""One repository of a layout, with all the abilities that the engine asks for."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError, RegistryError
from reposync.layout import blob_reader, blob_writer, referrers
from reposync.layout.graph import first_lacking, left_out
from reposync.layout.layout_reader import read_whole
from reposync.layout.names import written_name
from reposync.layout.view import View
from reposync.oci import manifest as manifests
from reposync.oci.digest import verify
from reposync.oci.reference import canonical_repository, is_tag

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from reposync.layout.index import Index
    from reposync.layout.storage import Storage, Writing
    from reposync.layout.unnamed import Unnamed
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


class LayoutRepository(Struct, frozen=True):
    """A repository, to be read, or with *writable* to be written too."""

    storage: Storage
    unnamed: Unnamed
    reference: Reference
    writable: bool = False

    @property
    def host(self) -> str:
        """See ``Located``; each layout is one of its own."""
        return self.reference.registry

    @property
    def has_referrers_api(self) -> bool:
        """See ``ReferrerLister``; how the lists are kept is the layout's own affair."""
        return True

    @property
    def counts_pulls(self) -> bool:
        """See ``Source``."""
        return False

    @property
    def is_near(self) -> bool:
        """See ``Source``."""
        return True

    @property
    def is_at_hand(self) -> bool:
        """See ``Destination``; what a run that was stopped left must be looked at to be packed."""
        return True

    async def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """See ``Resolver``."""
        found = await self.storage.disk.run((await self._view()).resolve, tag_or_digest)
        if found is not None and self.writable and found.digest == tag_or_digest:
            self.unnamed.note(found)
        return found

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """See ``ManifestFetcher``."""
        return await self.storage.disk.run((await self._view()).fetch, tag_or_digest)

    async def fetch_tagged(self, tag: str) -> Manifest:
        """See ``Source``; the index vouches for all that it names."""
        return await self.fetch_manifest(tag)

    @asynccontextmanager
    async def open_blob(self, blob: Descriptor) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``BlobFetcher``."""
        view = await self._view()
        shelf = view.reading.shelf
        async with blob_reader.open_blob(shelf, self.storage.disk, blob) as chunks:
            yield chunks

    async def blob_size(self, blob: Descriptor) -> int | None:
        """See ``BlobInspector``."""
        view = await self._view()
        return await self.storage.disk.run(view.reading.shelf.size, blob.digest)

    async def list_tags(self) -> AsyncIterator[str]:
        """See ``TagLister``."""
        for tag in await self.storage.disk.run((await self._view()).tags):
            yield tag

    async def list_few_tags(self) -> None:
        """See ``FewTagsLister``; to look for each tag costs little here."""
        return

    async def list_referrers(
        self,
        subject: Digest,
        artifact_type: str = "",
        *,
        is_tagged: bool = True,  # noqa: ARG002 -- the index tells
    ) -> tuple[Descriptor, ...]:
        """See ``ReferrerLister``."""
        found = await self.storage.disk.run((await self._view()).referrers, subject)
        return tuple(one for one in found if artifact_type in {"", one.artifact_type})

    async def has_blob(self, blob: Descriptor) -> bool:
        """See ``BlobPusher``."""
        view = await self._view()
        return await self.storage.disk.run(view.reading.shelf.size, blob.digest) == blob.size

    async def mount_blob(self, blob: Descriptor, from_repository: str) -> bool:  # noqa: ARG002 -- all share their blobs
        """See ``BlobPusher``."""
        return await self.has_blob(blob)

    async def push_blob(self, blob: Descriptor, chunks: AsyncGenerator[bytes, None]) -> None:
        """See ``BlobPusher``."""
        async with aclosing(chunks):
            writing = await self._writing()
            await blob_writer.write_blob(writing.folder, self.storage.disk, blob, chunks)

    async def push_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """See ``ManifestPusher``."""
        if tag and not is_tag(tag):
            raise RegistryError(f"{tag[:80]!r} is not a tag", status=400, codes=("TAG_INVALID",))
        writing = await self._writing()
        await self.storage.disk.run(self._keep, writing, manifest)
        if tag or manifest.subject is not None:
            await writing.index.change(lambda index: self._name(index, writing, manifest, tag))
        else:
            self.unnamed.note(manifest.descriptor)
        self.unnamed.forget(manifest.manifests)

    def _keep(self, writing: Writing, manifest: Manifest) -> None:
        """Put the bytes in place; refuse, as registries do, what has not all its parts here."""
        verify(manifest.content, manifest.digest)
        lacking = first_lacking(writing.shelf, manifest)
        if lacking is not None:
            raise RegistryError(
                f"{self.reference} lacks {lacking.digest.short}, which {manifest.digest.short} "
                "needs",
                method="PUT",
                status=400,
                codes=("MANIFEST_BLOB_UNKNOWN",),
            )
        there = read_whole(writing.shelf, manifest.digest, manifests.LIMIT_BYTES)
        if there != manifest.content:
            writing.folder.write_blob(manifest.digest, manifest.content)

    def _name(self, index: Index, writing: Writing, manifest: Manifest, tag: str) -> None:
        repository = self.reference.repository
        if manifest.subject is not None:
            referrers.add_referrer(index, writing, repository, manifest)
        if tag:
            name = written_name(repository, tag)
            index.set_name(name, manifest.descriptor, left_out(manifest))

    async def _view(self) -> View:
        self._check_name()
        reading = await self.storage.reading(as_destination=self.writable)
        return View(reading, self.reference, self.writable)

    async def _writing(self) -> Writing:
        self._check_name()
        return await self.storage.writing()

    def _check_name(self) -> None:
        if not self.reference.repository:
            return  # what has a tag alone, as skopeo writes it
        try:
            canonical_repository(self.reference.registry, self.reference.repository)
        except InvalidReferenceError as error:
            raise RegistryError(
                str(error), status=400, codes=("NAME_INVALID",), hint=error.hint
            ) from error
