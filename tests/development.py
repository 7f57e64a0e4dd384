"""A set of development registries of a test's own: free ports, a state folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("source", "master", "staging", "aws")


@dataclass(frozen=True)
class DevelopmentSet:
    """The environment that points the dev scripts to the set."""

    environ: Mapping[str, str]

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m`` with *arguments* at the root of the checkout."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def port(self, name: str) -> int:
        return int(self.environ[f"REPOSYNC_DEV_{name.upper()}_PORT"])

    @property
    def state(self) -> Path:
        return Path(self.environ["REPOSYNC_DEV_STATE"])


def development_set(state: Path, means: str) -> DevelopmentSet:
    """Point to a set that nobody else uses, and that *means* will run."""
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    environ = {f"REPOSYNC_DEV_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    environ |= {"REPOSYNC_DEV_STATE": str(state), "REPOSYNC_DEV_MEANS": means}
    return DevelopmentSet({**os.environ, **environ})


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
