"""What one command took: wall time, processor time and peak memory, with its children."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.processes import BenchError, running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_CACHES: Final = Path("/var/lib/containers")
_HIDE_CACHES: Final = f'mount -t tmpfs tmpfs {_CACHES} && exec "$@"'
_SPARE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and its whole environment."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took, and how it ended; ``is_over`` means at the limit, by us."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    status: int
    is_over: bool
    last_words: str


def run(command: Command, folder: Path, limit_s: float, prefix: Sequence[str] = ()) -> Usage:
    """Run *command* to its end, at most *limit_s*; *folder* gets its log.

    *prefix* begins the command line of what measures, so that it is not measured itself.

    Raises:
        BenchError: It could not be started.
    """
    result, log = folder / "usage", folder / "log"
    measured = [sys.executable, "-I", "-S", _LAUNCHER, result, limit_s, log, *command.argv]
    line = [*prefix, *private_caches(), *map(str, measured)]
    with running(line, command.environ) as launcher:
        launcher.wait(limit_s + _SPARE_S)
    if not result.exists():
        raise BenchError(f"{command.argv[0]} cannot be started")
    wall_s, user_s, system_s, peak_kib, status, over = map(float, result.read_text().split())
    cpu_s = user_s + system_s
    words = _last_words(log)
    return Usage(wall_s, cpu_s, int(peak_kib) * 1024, int(status), bool(over), words)


@functools.cache
def private_caches() -> tuple[str, ...]:
    """Begin a command that must find root's cache of blobs empty, and leave no trace in it.

    skopeo keeps one that no option moves; in a mount namespace it is an empty folder of memory.
    Nothing where that cannot be had: for other users an environment variable does it.
    """
    prefix = ("unshare", "--mount", "sh", "-c", _HIDE_CACHES, "sh")
    if os.geteuid() or not shutil.which("unshare"):
        return ()
    _CACHES.mkdir(parents=True, exist_ok=True)
    works = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if works else ()


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:500] if lines else ""
