"""A folder in memory for all that a session writes, and the certainty that it goes again."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX: Final = "reposync-bench-"
_CANDIDATES: Final = ("/dev/shm", "/run", "/tmp")


@contextmanager
def workspace(chosen: Path | None) -> Iterator[Path]:
    """Make a folder in *chosen*, else in the tmpfs with the most space, else where files go.

    What sessions left behind that were killed is removed first.
    """
    parent = chosen or _roomiest()
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_memory(path: Path) -> bool:
    """Return whether *path* is on a tmpfs."""
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return False
    mounts = {Path(fields[1]): fields[2] for fields in map(str.split, lines)}
    places = (path, *path.resolve().parents)
    return next((mounts[place] for place in places if place in mounts), "") == "tmpfs"


def free_bytes(path: Path) -> int:
    """Return how much *path* can still take; what is in memory has to fit there too."""
    free = shutil.disk_usage(path).free
    return min(free, _available_bytes()) if is_memory(path) else free


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return 0


def _roomiest() -> Path:
    found = [path for path in map(Path, _CANDIDATES) if path.is_dir() and os.access(path, os.W_OK)]
    in_memory = [path for path in found if is_memory(path)]
    return max(in_memory, key=free_bytes, default=Path(tempfile.gettempdir()))


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        return True
    return False
