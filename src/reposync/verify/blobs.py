"""Blobs: whether each exists with the right length, and, at the greatest depth, its bytes.

A registry may hold a blob in one repository and not in another, so it is looked up in each
repository that needs it, once. Its bytes are one file for the whole registry, so they are read
once per registry, from the first repository that has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.events import BlobFailed, BlobNeeded
from reposync.copy.meter import metered
from reposync.errors import CorruptContentError, NotFoundError, RepoSyncError
from reposync.verify.depth import Depth
from reposync.verify.findings import Flaw, Kind, gap
from reposync.verify.once import Once

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.copy.abilities import Inspected
    from reposync.copy.admission import Admission
    from reposync.copy.events import Event
    from reposync.oci.descriptor import Descriptor
    from reposync.retry import Retrier
    from reposync.verify.findings import Finding

_Findings = tuple["Finding", ...]


class BlobChecker:
    """Checks blobs down to *depth*; at most as many are read at once as *admission* allows."""

    def __init__(
        self, depth: Depth, admission: Admission, retrier: Retrier, emit: Callable[[Event], None]
    ) -> None:
        self._reads = depth.includes(Depth.BYTES)
        self._admission = admission
        self._retrier = retrier
        self._emit = emit
        self._looked_up: Once[_Findings] = Once()
        self._read: Once[_Findings] = Once()

    async def check(self, repository: Inspected, blob: Descriptor) -> _Findings:
        """Return what is wrong with *blob* in *repository*; nothing where it is as it should be."""
        return await self._looked_up.get(
            repository.reference, _key(blob), lambda: self._look_up(repository, blob)
        )

    async def _look_up(self, repository: Inspected, blob: Descriptor) -> _Findings:
        try:
            size = await repository.blob_size(blob)
        except RepoSyncError as error:
            return (gap(f"look up blob {blob.digest.short}", "destination", error),)
        if size is None:
            return (Flaw(Kind.MISSING_BLOB, blob.digest),)
        if size != blob.size:
            return (Flaw(Kind.WRONG_LENGTH, blob.digest),)
        if not self._reads:
            return ()
        return await self._read.get(
            repository.host, _key(blob), lambda: self._read_whole(repository, blob)
        )

    async def _read_whole(self, repository: Inspected, blob: Descriptor) -> _Findings:
        place = repository.reference
        self._emit(BlobNeeded(place, blob, (place,)))
        try:
            await self._retrier.run(
                lambda: self._read_once(repository, blob), f"blob {blob.digest.short}"
            )
        except CorruptContentError:
            finding: Finding = Flaw(Kind.WRONG_BYTES, blob.digest)
        except NotFoundError:
            finding = Flaw(Kind.MISSING_BLOB, blob.digest)
        except RepoSyncError as error:
            finding = gap(f"read blob {blob.digest.short}", "destination", error)
        else:
            return ()
        self._emit(BlobFailed(blob, place))
        return (finding,)

    async def _read_once(self, repository: Inspected, blob: Descriptor) -> None:
        """Read *blob* to its end, where it is compared with its digest; keep nothing of it."""
        place = repository.reference
        async with self._admission.streams([repository.host]):
            with metered(blob, (place,), self._emit) as transfer:
                async with repository.open_blob(blob) as chunks:
                    async for chunk in chunks:
                        transfer.meters[0].add(len(chunk))
                transfer.arrived = (place,)


def _key(blob: Descriptor) -> bytes:
    """Distinguish two descriptors of one digest that promise different lengths."""
    return blob.digest.raw + blob.size.to_bytes(8)
