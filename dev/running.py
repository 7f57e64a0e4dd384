"""What was started: how it is known again, and how exactly that, and nothing else, is ended.

A process is known by its id and the moment it started, since an id alone is given out again; a
container by its id. Both fit in a JSON file.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GRACE_S: Final = 10.0
_POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """A process, and when it started in words that only this system compares."""

    pid: int
    started: str

    @property
    def is_running(self) -> bool:
        """Whether it is still this very process."""
        return bool(self.started) and _started(self.pid) == self.started

    def end(self) -> None:
        """Ask it to end, and after ten seconds make it."""
        self._send(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        while self.is_running and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of the Docker engine that the environment points to."""

    container_id: str

    @property
    def is_running(self) -> bool:
        """Whether the engine knows it and it has not ended."""
        command = ["docker", "inspect", "--format", "{{.State.Running}}", self.container_id]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.stdout.strip() == "true"

    def end(self) -> None:
        """Stop and remove it with its volumes."""
        command = ["docker", "rm", "--force", "--volumes", self.container_id]
        subprocess.run(command, capture_output=True, check=False)


Running = Process | Container


def start_process(
    command: Sequence[str], environ: Mapping[str, str], log: Path, folder: Path
) -> Process:
    """Start *command* in *folder*, apart from this terminal; what it prints goes to *log*."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(child.pid, _started(child.pid))


def save(running: Running, path: Path) -> None:
    """Note down what was started."""
    path.write_text(json.dumps(asdict(running)))


def load(path: Path) -> Running | None:
    """Read what was noted down; None where nothing was, or nothing legible."""
    try:
        fields = json.loads(path.read_text())
        return Container(**fields) if "container_id" in fields else Process(**fields)
    except (OSError, ValueError, TypeError):
        return None


def _started(pid: int) -> str:
    """Return the moment that process *pid* started; nothing where it has ended."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
        line = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        return "" if line.startswith("Z") else line.partition(" ")[2].strip()
    try:
        # The second field is the command in brackets, and may hold spaces and brackets itself.
        state, *fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]  # starttime, proc(5)
