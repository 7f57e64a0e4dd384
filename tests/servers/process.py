"""A server process: started, waited for by what it says, ended by its id."""

from __future__ import annotations

import collections
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

_READY_LIMIT_S = 20.0
_END_LIMIT_S = 10.0
_LINES_KEPT = 200


class NotReadyError(Exception):
    """The server ended, or was silent, before it said that it is ready."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The line by which a server said that it listens, and its process."""

    match: re.Match[str]
    pid: int


class _Log:
    """Reads what the server says until it ends, so that it never waits for a full pipe."""

    def __init__(self, stream: IO[str], ready: re.Pattern[str]) -> None:
        self._stream = stream
        self._ready = ready
        self._lines: collections.deque[str] = collections.deque(maxlen=_LINES_KEPT)
        self._known = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.match: re.Match[str] | None = None
        self._thread.start()

    def wait(self) -> re.Match[str]:
        """Wait for the line; the server listens by then."""
        self._known.wait(_READY_LIMIT_S)
        if self.match is None:
            raise NotReadyError("".join(self._lines) or "it said nothing")
        return self.match

    def close(self) -> None:
        """Wait for the end of the stream and close it."""
        self._thread.join(_END_LIMIT_S)
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.append(line)
            if self.match is None:
                self.match = self._ready.search(line)
                if self.match is not None:
                    self._known.set()
        self._known.set()


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], ready: re.Pattern[str]
) -> Iterator[Ready]:
    """Run *command* as long as the block lasts; enter it when a line like *ready* was said.

    Raises:
        NotReadyError: It was not; the message is what it said instead.
    """
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        log = _Log(process.stdout, ready)
        try:
            yield Ready(log.wait(), process.pid)
        finally:
            _end(process)
            log.close()


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
