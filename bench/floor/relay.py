"""The floor of large blobs: what their bytes take when they are received, hashed and sent."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import measuring
from bench.floor.programs import built, transport
from bench.measuring import Command
from bench.processes import BenchError, helper
from bench.results import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.certificates import Certificates


@contextmanager
def relay(
    blobs: Sequence[Path], folder: Path, limit_s: float, certificates: Certificates | None = None
) -> Iterator[Callable[[], Measurement]]:
    """Return what measures one relay of all *blobs*, by TLS with *certificates*.

    *folder* is for the program and its log.

    Raises:
        BenchError: It cannot be built.
    """
    program = built("relay", folder)
    size_bytes = sum(blob.stat().st_size for blob in blobs)
    identity = (str(certificates.chain), str(certificates.key)) if certificates else ("", "")
    with helper("bench.floor.ends", *identity, *map(str, blobs)) as ends:
        way = transport(certificates is not None)
        command = Command((str(program), way, *ends), {"PATH": os.defpath})

        def once() -> Measurement:
            usage = measuring.run(command, folder, limit_s)
            if usage.status or usage.last_words.split()[0] != str(size_bytes):
                raise BenchError(f"the floor cannot be measured: {usage.last_words}")
            return Measurement(usage.wall_s, usage.cpu_s, usage.peak_bytes, 0, size_bytes)

        yield once
