"""Abilities: what the engine asks of a repository, one protocol each.

A registry's client, an image layout and the memory store of the tests all implement them, and one
contract suite runs on each. All coroutines may raise ``RegistryError`` and ``TransportError``
beside what they name; all may be cancelled at every await, and then leave nothing open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference


class Located(Protocol):
    """Knows where it is."""

    @property
    def reference(self) -> Reference:
        """Registry and repository; two repositories of one registry share the first."""
        ...

    @property
    def host(self) -> str:
        """The host that is asked, which several registries of the file may share.

        Limits count for it, and what is learned of its speed; of a layout it is the registry.
        """
        ...


class Resolver(Protocol):
    """Names to digests."""

    async def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """Determine what *tag_or_digest* names now, without fetching it; None when nothing.

        Costs one HEAD, where the registry knows how to answer one.
        """
        ...


class ManifestFetcher(Protocol):
    """Manifests, whole and checked."""

    async def fetch_manifest(self, tag_or_digest: str) -> Manifest:
        """Get a manifest of at most 8 MiB.

        Raises:
            NotFoundError: There is none.
            ContentError: The bytes are not those of the digest, or no manifest.
        """
        ...


class BlobFetcher(Protocol):
    """Blobs as streams."""

    def open_blob(self, blob: Descriptor) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open *blob* for reading once, from its start; chunks are as they came, never empty.

        The last chunk is given only after the whole has been checked.

        Raises:
            NotFoundError: It is not there (on entering).
            ContentError: Digest or size are wrong (while iterating).
        """
        ...


class BlobInspector(Protocol):
    """What is known of a blob without reading it."""

    async def blob_size(self, blob: Descriptor) -> int | None:
        """Return the length in bytes of what is stored as *blob*; None where nothing is.

        Costs one HEAD, and the head of a GET where that reports no length or zero. Where neither
        reports one, it is that of *blob*.
        """
        ...


class BlobStore(Located, BlobFetcher, Protocol):
    """A repository that blobs can be read from."""


class TagLister(Protocol):
    """The tags of a repository."""

    def list_tags(self) -> AsyncIterator[str]:
        """Iterate over all tags, each once, in the registry's order, fetching page after page.

        Raises:
            NotFoundError: There is no such repository.
        """
        ...


class FewTagsLister(Protocol):
    """The tags of a repository that has not many."""

    async def list_few_tags(self) -> frozenset[str] | None:
        """List all tags, if one request tells them; None where there are more, or may be.

        Where there is no such repository it has none.
        """
        ...


class ReferrerLister(Protocol):
    """What points to a manifest: signatures, attestations, SBOMs and other artifacts."""

    @property
    def has_referrers_api(self) -> bool | None:
        """Whether the registry lists referrers itself; None until it was asked once.

        Where it does not, only a manifest with a fallback tag has any.
        """
        ...

    async def list_referrers(
        self, subject: Digest, artifact_type: str = "", *, is_tagged: bool = True
    ) -> tuple[Descriptor, ...]:
        """Find the manifests whose subject is *subject*, those of *artifact_type* alone if given.

        Found by the referrers API where there is one, else by its fallback tag; each once, with
        its artifact type and annotations as far as they are told. None where nothing is known of
        *subject*. Where a list of tags has shown that there is no fallback tag, *is_tagged* is
        False, and none is read.

        Raises:
            ContentError: What the fallback tag names is no index, or there is no end to the list.
        """
        ...


class BlobPusher(Protocol):
    """Places for blobs."""

    async def has_blob(self, blob: Descriptor) -> bool:
        """Return whether *blob* is in this repository, in its full length where that shows."""
        ...

    async def mount_blob(self, blob: Descriptor, from_repository: str) -> bool:
        """Ask the registry to take *blob* over from another repository of its own.

        False where it does not do so, for any reason; the blob must then be pushed.
        """
        ...

    async def push_blob(self, blob: Descriptor, chunks: AsyncGenerator[bytes, None]) -> None:
        """Send *blob*; iterates over *chunks* once and closes them, however it ends.

        Raises:
            ContentError: The registry hashed the bytes to another digest.
        """
        ...


class ManifestPusher(Protocol):
    """Places for manifests."""

    async def push_manifest(self, manifest: Manifest, tag: str = "") -> None:
        """Put *manifest* under its digest, or under *tag*; all that it needs must be there.

        Where it has a subject, the subject's list of referrers names it afterwards, beside all
        that the list named before; the subject itself need not be there.

        Raises:
            ContentError: The registry took it for another digest.
            ConflictError: *tag* names another manifest there and the registry never moves it.
        """
        ...


class Deleter(Protocol):
    """Removal from a repository; optional, as registries may not have it or switch it off.

    Each returns False where there was nothing to delete. What no longer has a name is removed by
    the registry's own clean-up, which may run much later.
    """

    async def delete_tag(self, tag: str) -> bool:
        """Delete *tag* alone; the manifest, and other tags that name it, stay.

        Raises:
            UnsupportedError: The registry deletes nothing, or nothing by its tag.
        """
        ...

    async def delete_manifest(self, digest: Digest) -> bool:
        """Delete a manifest; all tags that name it go with it.

        Raises:
            UnsupportedError: The registry deletes nothing.
        """
        ...

    async def delete_blob(self, digest: Digest) -> bool:
        """Delete *digest* from this repository; manifests that need it are not looked at.

        Raises:
            UnsupportedError: The registry deletes no blobs.
        """
        ...


class RepositoryLister(Protocol):
    """The repositories of a registry."""

    def list_repositories(self) -> AsyncIterator[str]:
        """Iterate over the names of all repositories, each once, fetching page after page.

        Raises:
            RepoSyncError: The registry has no such list, or does not give it to this account.
        """
        ...


class Source(Located, Resolver, ManifestFetcher, BlobFetcher, TagLister, ReferrerLister, Protocol):
    """A repository that images come from."""

    @property
    def counts_pulls(self) -> bool:
        """Whether each manifest that is fetched counts, and none that is looked up."""
        ...

    @property
    def is_near(self) -> bool:
        """Whether it is known to answer within 20 ms, so that it may be asked behind others."""
        ...

    async def fetch_tagged(self, tag: str) -> Manifest | None:
        """Get what *tag* names; None where nothing vouches for the bytes that came.

        Raises:
            NotFoundError: There is none.
            ContentError: It is no manifest, or too large.
        """
        ...


class Inspected(Source, BlobInspector, Protocol):
    """A repository that is verified: it is only read."""


class Destination(
    Located,
    Resolver,
    ManifestFetcher,
    BlobFetcher,
    FewTagsLister,
    ReferrerLister,
    BlobPusher,
    ManifestPusher,
    Protocol,
):
    """A repository that images go to; it is read from too, to spare the source."""

    @property
    def is_at_hand(self) -> bool:
        """Whether it is on this machine: to look there is no request, and others may change it."""
        ...
