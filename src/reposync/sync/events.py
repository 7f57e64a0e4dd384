"""Events: what the engine says while it runs; logs, progress and reports listen.

Each is a frozen value. A listener is called on the event loop, in the order of what happened, and
must return at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reposync.copy.events import BlobEnded, BlobStarted, BytesRead

if TYPE_CHECKING:
    from reposync.copy.outcome import Outcome
    from reposync.errors import RepoSyncError
    from reposync.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run begins; ``stages`` are the names of its stages in the order of the file."""

    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """All that the stage depends on has ended.

    Where ``is_pattern``, the repositories are a pattern and templates, and stand for many.
    """

    stage: str
    source: Reference
    destinations: tuple[Reference, ...]
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class ImagesSelected:
    """The stage knows the images of a repository: ``count`` of them, to be tried one by one."""

    stage: str
    count: int


@dataclass(frozen=True, slots=True)
class StageFailed:
    """The stage could not find out what to copy of ``source``, so it copied nothing of it."""

    stage: str
    source: Reference
    error: RepoSyncError


@dataclass(frozen=True, slots=True)
class NothingSelected:
    """The stage knows all its images, and none of them goes to ``destination``."""

    stage: str
    source: Reference
    destination: Reference


@dataclass(frozen=True, slots=True)
class ImageStarted:
    """Work on one tag of the source begins."""

    stage: str
    source: Reference


@dataclass(frozen=True, slots=True)
class ImageEnded:
    """Work on one tag of the source ended, with an outcome for each destination."""

    stage: str
    source: Reference
    outcomes: tuple[Outcome, ...]
    duration_s: float


@dataclass(frozen=True, slots=True)
class StageEnded:
    """All images of the stage have ended, well or badly."""

    stage: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing runs any more; ``interrupted`` when the user stopped it."""

    duration_s: float
    interrupted: bool


Event = (
    RunStarted
    | StageStarted
    | ImagesSelected
    | StageFailed
    | NothingSelected
    | ImageStarted
    | BlobStarted
    | BytesRead
    | BlobEnded
    | ImageEnded
    | StageEnded
    | RunEnded
)
Listener = Callable[[Event], None]

__all__ = [
    "BlobEnded",
    "BlobStarted",
    "BytesRead",
    "Event",
    "ImageEnded",
    "ImageStarted",
    "ImagesSelected",
    "Listener",
    "NothingSelected",
    "RunEnded",
    "RunStarted",
    "StageEnded",
    "StageFailed",
    "StageStarted",
]
