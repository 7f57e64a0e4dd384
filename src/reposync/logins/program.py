"""Runs a program with input, and returns its output, within a time limit.

It gets a process group of its own, so that it can be killed with all processes that it started.
After it has exited, processes that it left running, such as an agent, are not waited for, even if
they hold its streams open.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LIMIT_BYTES = 1024 * 1024
_SILENCE_S = 0.5
"""How long to wait for more output after the exit; its own output is available at once."""
_GONE_S = 1.0
_STDOUT, _STDERR = 1, 2


class ProgramResult(Redacted, frozen=True):
    """The exit code of a program, and the first part of its stdout and stderr."""

    redacted = frozenset({"output", "stderr"})

    code: int
    output: bytes
    stderr: bytes


async def run_program(
    command: Sequence[str], text: bytes, environ: Mapping[str, str], limit_s: float
) -> ProgramResult:
    """Run *command* with *text* as its input and the environment *environ*.

    On cancellation and on timeout the program is killed.

    Raises:
        TimeoutError: The program did not exit within *limit_s* seconds.
        OSError: The program cannot be started.
    """
    loop = asyncio.get_running_loop()
    process, listener = await loop.subprocess_exec(
        _Listener, *command, env=dict(environ), start_new_session=True
    )
    try:
        stdin = cast("asyncio.WriteTransport", process.get_pipe_transport(0))
        stdin.write(text)  # a program that does not read it is fine
        stdin.close()
        async with asyncio.timeout(limit_s):
            await listener.ended.wait()
        await _at_most(_SILENCE_S, listener.silent)
    except BaseException:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.get_pid(), signal.SIGKILL)
        await _at_most(_GONE_S, listener.ended)
        raise
    finally:
        process.close()
    output, stderr = (bytes(listener.received[number]) for number in (_STDOUT, _STDERR))
    return ProgramResult(process.get_returncode() or 0, output, stderr)


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class _Listener(asyncio.SubprocessProtocol):
    """Keeps the first part of what a program writes; reads and drops the rest."""

    def __init__(self) -> None:
        self.received = {_STDOUT: bytearray(), _STDERR: bytearray()}
        self.ended = asyncio.Event()
        self.silent = asyncio.Event()
        self._open = {*self.received}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        received = self.received[fd]
        received += data[: _LIMIT_BYTES - len(received)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        self.ended.set()
