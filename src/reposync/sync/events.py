"""Events: what the engine says while it runs; logs, progress and reports listen.

Each is a frozen value. A listener is called on the event loop, in the order of what happened, and
must return at once.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from reposync.copy.events import (
    BlobEnded,
    BlobFailed,
    BlobFound,
    BlobNeeded,
    BlobStarted,
    BytesSent,
    ImageRead,
)
from reposync.copy.outcome import Outcome  # noqa: TC001 -- msgspec reads the types
from reposync.decision import Decision  # noqa: TC001 -- the same
from reposync.errors import RepoSyncError  # noqa: TC001 -- the same
from reposync.oci.reference import Reference  # noqa: TC001 -- the same


class RunStarted(Struct, frozen=True, tag=True):
    """The run begins; ``stages`` are the names of its stages in the order of the file."""

    stages: tuple[str, ...]


class StageStarted(Struct, frozen=True, tag=True):
    """All that the stage depends on has ended.

    Where ``is_pattern``, the repositories are a pattern and templates, and stand for many.
    """

    stage: str
    source: Reference
    destinations: tuple[Reference, ...]
    is_pattern: bool = False


class StageSkipped(Struct, frozen=True, tag=True):
    """The stage is not run, because of ``reason``: which of the stages it depends on failed."""

    stage: str
    source: Reference
    destinations: tuple[Reference, ...]
    reason: str


class RepositoriesSelected(Struct, frozen=True, tag=True):
    """The stage knows its repositories: ``count`` of them, whose images come to be known next."""

    stage: str
    count: int


class ImagesSelected(Struct, frozen=True, tag=True):
    """The stage knows the images of a repository: ``count`` of them, to be tried one by one."""

    stage: str
    count: int


class StageFailed(Struct, frozen=True, tag=True):
    """The stage could not find out what to copy of ``source``, so it copied nothing of it.

    ``destinations`` are the repositories that would have got it.
    """

    stage: str
    source: Reference
    error: RepoSyncError
    destinations: tuple[Reference, ...] = ()


class NothingSelected(Struct, frozen=True, tag=True):
    """The stage knows all its images, and none of them goes to ``destination``."""

    stage: str
    source: Reference
    destination: Reference


class ImageStarted(Struct, frozen=True, tag=True):
    """Work on one tag of the source begins."""

    stage: str
    source: Reference


class ImageEnded(Struct, frozen=True, tag=True):
    """Work on one tag of the source ended, with an outcome for each destination.

    ``decisions`` are what was decided before, one for each destination.
    """

    stage: str
    source: Reference
    outcomes: tuple[Outcome, ...]
    duration_s: float
    decisions: tuple[Decision, ...] = ()


class StageEnded(Struct, frozen=True, tag=True):
    """All images of the stage have ended, well or badly."""

    stage: str
    duration_s: float


class RunEnded(Struct, frozen=True, tag=True):
    """Nothing runs any more; ``interrupted`` when the user stopped it."""

    duration_s: float
    interrupted: bool


Event = (
    RunStarted
    | StageStarted
    | StageSkipped
    | RepositoriesSelected
    | ImagesSelected
    | StageFailed
    | NothingSelected
    | ImageStarted
    | ImageRead
    | BlobNeeded
    | BlobFound
    | BlobStarted
    | BytesSent
    | BlobEnded
    | BlobFailed
    | ImageEnded
    | StageEnded
    | RunEnded
)
Listener = Callable[[Event], None]

__all__ = [
    "BlobEnded",
    "BlobFailed",
    "BlobFound",
    "BlobNeeded",
    "BlobStarted",
    "BytesSent",
    "Event",
    "ImageEnded",
    "ImageRead",
    "ImageStarted",
    "ImagesSelected",
    "Listener",
    "NothingSelected",
    "RepositoriesSelected",
    "RunEnded",
    "RunStarted",
    "StageEnded",
    "StageFailed",
    "StageSkipped",
    "StageStarted",
]
