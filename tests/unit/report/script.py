"""Events of a run that never was: what listeners are given to hear."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from reposync.copy.outcome import Outcome, Status
from reposync.errors import CopyError, DeniedError, NotFoundError
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.sync.events import (
    BlobEnded,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageEnded,
    ImageRead,
    ImagesSelected,
    ImageStarted,
    RunEnded,
    RunStarted,
    StageEnded,
    StageFailed,
    StageSkipped,
    StageStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.errors import RepoSyncError
    from reposync.sync.events import Event

HUB = Reference("docker.io", "itisfoundation/sleeper")
MASTER = Reference("master:5000", "simcore/services/comp/sleeper")
STAGING = Reference("staging:5000", "other/name/sleeper")
BOTH = (MASTER, STAGING)
MIB = 1024 * 1024


def tagged(reference: Reference, tag: str) -> Reference:
    return Reference(reference.registry, reference.repository, tag)


def blob(name: str, size_bytes: int) -> Descriptor:
    return Descriptor(
        "application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(name.encode()), size_bytes
    )


def denied() -> RepoSyncError:
    cause = DeniedError("403 DENIED", hint="ask its owner for the right to push")
    return CopyError("push blob", "destination", cause)


def outcome(status: Status, tag: str = "1.0.0", to: Reference = MASTER) -> Outcome:
    """An outcome as the engine would give it: bytes where some were sent, an error if it failed."""
    return Outcome(
        source=tagged(HUB, tag),
        destination=tagged(to, tag),
        status=status,
        digest=None if status is Status.FAILED else Digest.of(tag.encode()),
        bytes_sent=3 * MIB if status is Status.COPIED else 0,
        blobs_sent=2 if status is Status.COPIED else 0,
        blobs_mounted=2 if status is Status.MOUNTED else 0,
        error=denied() if status is Status.FAILED else None,
        reason="it is immutable" if status is Status.SKIPPED else "",
    )


def ended(*outcomes: Outcome, stage: str = "mirror-sleeper") -> ImageEnded:
    return ImageEnded(stage, outcomes[0].source, outcomes, duration_s=0.5)


def run_of(*images: ImageEnded, duration_s: float = 4.2) -> Iterator[Event]:
    """One stage from Docker Hub to two destinations, in which *images* ended."""
    yield RunStarted(("mirror-sleeper",))
    yield StageStarted("mirror-sleeper", HUB, (MASTER, STAGING))
    yield ImagesSelected("mirror-sleeper", len(images))
    for image in images:
        yield ImageStarted(image.stage, image.source)
        yield image
    yield StageEnded("mirror-sleeper", duration_s)
    yield RunEnded(duration_s, interrupted=False)


def failed_stage() -> StageFailed:
    error = NotFoundError("404 NAME_UNKNOWN", hint="is its name right?")
    return StageFailed("others", Reference("docker.io", "library/nowhere"), error)


def skipped_stage() -> StageSkipped:
    return StageSkipped("promote", MASTER, (STAGING,), "stage mirror-sleeper failed")


def busy_run(images: int = 60, stages: int = 6) -> Iterator[Event]:
    """A run with much in flight at once: for the eyes."""
    names = tuple(f"stage-{number}" for number in range(stages))
    yield RunStarted((*names, "others"))
    for name in names:
        yield StageStarted(name, HUB, (MASTER, STAGING))
        yield ImagesSelected(name, images)
    yield failed_stage()
    for number in range(images):
        yield from chain.from_iterable(_busy_image(name, number) for name in names)
    for name in names:
        yield StageEnded(name, 3.0)
    yield RunEnded(4.2, interrupted=False)


def _busy_image(stage: str, number: int) -> Iterator[Event]:
    tag, layer = f"1.{number}.0", blob(f"{stage}-{number}", 40 * MIB)
    yield ImageStarted(stage, tagged(HUB, tag))
    yield BlobNeeded(tagged(HUB, tag), layer, BOTH)
    yield ImageRead(tagged(HUB, tag))
    yield BlobStarted(layer, BOTH)
    for place in BOTH:
        yield from repeat(BytesSent(layer, place, MIB), 30)
    yield BlobEnded(blob(f"{stage}-{number - 3}", 40 * MIB), BOTH, BOTH)
    to_staging = Status.FAILED if number % 20 == 19 else Status.COPIED
    yield ended(
        outcome(Status.UP_TO_DATE if number % 3 else Status.COPIED, tag),
        outcome(to_staging, tag, STAGING),
        stage=stage,
    )
