"""The graph below a tag at a destination: whether every manifest and blob of it exists.

A manifest, with all below it, is checked once for each repository, however many images share it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from reposync.copy.parts import Kind as Part
from reposync.errors import (
    ContentError,
    CorruptContentError,
    NotFoundError,
    RepoSyncError,
    UnreadableError,
)
from reposync.oci import media_type
from reposync.verify.depth import Depth
from reposync.verify.findings import Flaw, Gap, Kind, gap
from reposync.verify.once import Once

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from reposync.copy.abilities import Inspected
    from reposync.copy.parts import Level, Parts
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.verify.blobs import BlobChecker
    from reposync.verify.findings import Finding
    from reposync.verify.manifests import Manifests

_DEPTH_LIMIT = 16
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Root(Struct, frozen=True):
    """A manifest at a destination, to be checked with all below it.

    ``media_type`` is empty where it is not known; ``exists`` says that a look at its tag found it.
    ``sparse`` says which images of an index are expected, where not all are. ``level`` counts the
    indexes above it.
    """

    digest: Digest
    media_type: str = ""
    exists: bool = False
    sparse: PlatformRule | None = None
    level: int = 0


class Below(Struct, frozen=True):
    """What was found of a manifest and all below it; ``manifests`` are those below that exist."""

    findings: tuple[Finding, ...] = ()
    manifests: tuple[Digest, ...] = ()
    exists: bool = True


_WHOLE = Below()
"""One shared value for images of which nothing is wrong; most are of these."""


class GraphChecker:
    """Checks graphs down to *depth*, sharing what it finds among all images."""

    def __init__(
        self, depth: Depth, manifests: Manifests, blobs: BlobChecker, parts: Parts
    ) -> None:
        self.parts = parts
        self._reads_images = depth.includes(Depth.BLOBS)
        self._manifests = manifests
        self._blobs = blobs
        self._known: Once[Below] = Once()

    async def check(self, repository: Inspected, root: Root) -> Below:
        """Return what is missing or wrong of *root* and all below it in *repository*."""
        form = root.sparse.form if root.sparse else ""
        # The level is part of the group: a task that waits for another one holds room at a level
        # that the other one does not need.
        group = repository.reference, root.level, form
        return await self._known.get(group, root.digest.raw, lambda: self._check(repository, root))

    async def _check(self, repository: Inspected, root: Root) -> Below:
        if root.level > _DEPTH_LIMIT:
            return Below((Gap(f"indexes are nested more than {_DEPTH_LIMIT} deep"),), exists=False)
        try:
            manifest = await self._opened(repository, root)
        except RepoSyncError as error:
            failure = await _failure(repository, root.digest, error)
            return Below((failure,), exists=False)
        if manifest is None:
            return _WHOLE
        below = await self._children(repository, root, manifest)
        blobs = [blob for blob in manifest.blobs if not blob.is_foreign]
        found = await self._checked_blobs(repository, blobs)
        findings = (*chain.from_iterable(each.findings for each, _ in below), *found)
        manifests = tuple(
            chain.from_iterable((*each.manifests, *digests) for each, digests in below)
        )
        return Below(findings, manifests) if findings or manifests else _WHOLE

    async def _opened(self, repository: Inspected, root: Root) -> Manifest | None:
        """Read a manifest; None where that it exists is all there is to know of it.

        Raises:
            RepoSyncError: It does not exist, is damaged, or cannot be asked for.
        """
        if self._reads_images or root.media_type not in media_type.IMAGES:
            return await self._manifests.read(repository, root.digest, exists=root.exists)
        if not root.exists and await repository.resolve(root.digest) is None:
            raise NotFoundError(f"{repository.reference} has no manifest {root.digest}")
        return None

    async def _children(
        self, repository: Inspected, root: Root, index: Manifest
    ) -> list[tuple[Below, tuple[Digest, ...]]]:
        """Check the entries of *index*; return with each its digest where it is a manifest."""
        shaped = root.sparse.applied(index) if root.sparse and index.is_index else index
        return await self.each(
            (Part.MANIFEST, root.level + 1),
            shaped.manifests,
            lambda child: self._child(repository, child, root.level + 1),
        )

    async def _child(
        self, repository: Inspected, child: Descriptor, level: int
    ) -> tuple[Below, tuple[Digest, ...]]:
        """Check an entry of an index: a manifest, or a blob, as build caches list them."""
        is_known = child.media_type in media_type.MANIFESTS
        try:
            is_manifest = is_known or await _is_manifest(repository, child)
        except RepoSyncError as error:
            unknown = gap(f"look up {child.digest.short}", "destination", error)
            return Below((unknown,)), ()
        if not is_manifest:
            return Below(await self._checked_blobs(repository, [child])), ()
        kind = child.media_type if is_known else ""
        root = Root(child.digest, kind, exists=not is_known, level=level)
        below = await self.check(repository, root)
        return below, (child.digest,) if below.exists else ()

    async def _checked_blobs(
        self, repository: Inspected, blobs: Sequence[Descriptor]
    ) -> tuple[Finding, ...]:
        if not self._reads_images:
            return ()
        found = await self.each(
            (Part.BLOB, 0), blobs, lambda blob: self._blobs.check(repository, blob)
        )
        return tuple(chain.from_iterable(found))

    async def each(
        self,
        level: Level,
        items: Sequence[_Item],
        check: Callable[[_Item], Coroutine[Any, Any, _Result]],
    ) -> list[_Result]:
        """Return the results of *check* in the order of *items*; there is a limit at each level."""
        results: dict[int, _Result] = {}

        async def note(numbered: tuple[int, _Item]) -> None:
            results[numbered[0]] = await check(numbered[1])

        await self.parts.for_each(level, tuple(enumerate(items)), note)
        return [results[number] for number in range(len(items))]


async def _is_manifest(repository: Inspected, child: Descriptor) -> bool:
    """Return whether an entry that says nothing known of itself is one of the manifests.

    Raises:
        RepoSyncError: The registry does not tell.
    """
    if media_type.is_blob(child.media_type):
        return False
    try:
        return await repository.resolve(child.digest) is not None
    except UnreadableError:  # so distribution 2 answers for what is no manifest
        return False


async def _failure(repository: Inspected, digest: Digest, error: RepoSyncError) -> Finding:
    """Return what it means that a manifest could not be read."""
    if isinstance(error, NotFoundError):
        return Flaw(Kind.MISSING_MANIFEST, digest)
    if isinstance(error, CorruptContentError):
        return Flaw(Kind.WRONG_BYTES, digest)
    operation = f"read manifest {digest.short}"
    if isinstance(error, ContentError):
        # A layout says so of a manifest that its index.json names and that is not there.
        try:
            if await repository.resolve(digest) is None:
                return Flaw(Kind.MISSING_MANIFEST, digest)
        except RepoSyncError as other:
            return gap(operation, "destination", other)
    return gap(operation, "destination", error)
