"""The floor: what the same bytes take when they are received, hashed and sent, and no more.

Measured like a tool, by the smallest program there is for it: in C, where it can be compiled.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import measuring
from bench.measuring import Command
from bench.processes import BenchError, helper
from bench.results import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAME: Final = "floor"
_SOURCE: Final = Path(__file__).with_name("relay.c")
_FALLBACK: Final = Path(__file__).with_name("relay.py")


@contextmanager
def floor(
    blobs: Sequence[Path], folder: Path, limit_s: float
) -> Iterator[Callable[[], Measurement]]:
    """Give what measures one relay of all *blobs*; *folder* is for the program and its log."""
    folder.mkdir(exist_ok=True)
    relay = _relay(folder)
    size_bytes = sum(blob.stat().st_size for blob in blobs)
    with helper("bench.floor.ends", *map(str, blobs)) as ports:
        command = Command((*relay, *ports), {"PATH": os.defpath})

        def once() -> Measurement:
            usage = measuring.run(command, folder, limit_s)
            if usage.status or usage.last_words.split()[0] != str(size_bytes):
                raise BenchError(f"the floor cannot be measured: {usage.last_words}")
            return Measurement(usage.wall_s, usage.cpu_s, usage.peak_bytes, 0, size_bytes)

        yield once


def _relay(folder: Path) -> tuple[str, ...]:
    program = folder / "relay"
    fallback = (sys.executable, "-I", "-S", str(_FALLBACK))
    compiler = shutil.which("cc")
    if compiler is None:
        return fallback
    build = [compiler, "-O2", "-o", str(program), str(_SOURCE), "-ldl"]
    if subprocess.run(build, capture_output=True, check=False).returncode:
        return fallback
    runs = subprocess.run([program], capture_output=True, check=False).returncode
    return fallback if runs else (str(program),)
