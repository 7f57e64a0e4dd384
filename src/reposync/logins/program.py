"""A program that is told something on its input, and answers within a time.

It has a group of processes for itself, so that it can be ended with all that it started. Once it
has ended, what it started and left behind is not waited for, though that holds its streams, as an
agent does.
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
_REST_S = 0.5
"""How long more may come once the program has ended; what it wrote itself is there at once."""
_GONE_S = 1.0
_OUTPUT, _TROUBLES = 1, 2


class Said(Redacted, frozen=True):
    """How a program ended, and the first part of what it wrote to either stream."""

    redacted = frozenset({"output", "troubles"})

    code: int
    output: bytes
    troubles: bytes


async def told(
    command: Sequence[str], text: bytes, environ: Mapping[str, str], limit_s: float
) -> Said:
    """Start *command* in *environ*, tell it *text*, and hear what it says.

    Cancelled, or out of time, it ends the program and passes that on.

    Raises:
        TimeoutError: It did not end in *limit_s* seconds.
        OSError: It cannot be started.
    """
    loop = asyncio.get_running_loop()
    process, listener = await loop.subprocess_exec(
        _Listener, *command, env=dict(environ), start_new_session=True
    )
    try:
        stdin = cast("asyncio.WriteTransport", process.get_pipe_transport(0))
        stdin.write(text)  # it need not read: what comes of that is told to nobody
        stdin.close()
        async with asyncio.timeout(limit_s):
            await listener.ended.wait()
        await _at_most(_REST_S, listener.silent)
    except BaseException:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.get_pid(), signal.SIGKILL)
        await _at_most(_GONE_S, listener.ended)
        raise
    finally:
        process.close()
    output, troubles = (bytes(listener.heard[number]) for number in (_OUTPUT, _TROUBLES))
    return Said(process.get_returncode() or 0, output, troubles)


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class _Listener(asyncio.SubprocessProtocol):
    """Keeps the first part of what a program writes; the rest is read, and dropped."""

    def __init__(self) -> None:
        self.heard = {_OUTPUT: bytearray(), _TROUBLES: bytearray()}
        self.ended = asyncio.Event()
        self.silent = asyncio.Event()
        self._open = {*self.heard}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        heard = self.heard[fd]
        heard += data[: _LIMIT_BYTES - len(heard)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        self.ended.set()
