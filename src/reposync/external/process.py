"""Processes: another program, run to its end, listened to within bounds, and ended with us.

It gets a session of its own, so that a terminal's Ctrl-C reaches us alone; whoever is cancelled
here ends it and all that it has started. Its lines may bear anything and are told to nobody by us.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import RelayError

if TYPE_CHECKING:
    from asyncio import StreamReader
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping, Sequence

    Heed = Callable[[str], None]

GRACE_S = 3.0
"""How long a program may take to end when it is told to."""
_GONE_S = 1.0
_LINES_KEPT = 40
_LINE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024


class Ended(Struct, frozen=True):
    """How a program ended: its exit code, below 0 for a signal, and the last lines it said."""

    code: int
    lines: tuple[str, ...]


async def run(
    command: Sequence[str], environ: Mapping[str, str], observe: Heed = lambda _: None
) -> Ended:
    """Run *command* in *environ* alone; *observe* hears each line, of both streams, as it is said.

    When cancelled it asks the program to end, makes it end after a while, and passes that on.

    Raises:
        RelayError: It cannot be started.
    """
    process = await _started(command, environ)
    lines: deque[str] = deque(maxlen=_LINES_KEPT)

    def hear(line: str) -> None:
        lines.append(line)
        observe(line)

    ending = asyncio.create_task(_to_the_end(process, hear))
    try:
        code = await asyncio.shield(ending)
    except BaseException:
        await _end(process, ending)
        raise
    return Ended(code, tuple(lines))


async def _started(command: Sequence[str], environ: Mapping[str, str]) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise RelayError(
            f"{command[0]} cannot be started ({os.strerror(error.errno or 0).lower()})",
            hint="install it, or use relay: native",
        ) from error


async def _to_the_end(process: Process, hear: Heed) -> int:
    """Read both streams until nobody holds them any more, and give the exit code."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 -- pipes
    async with asyncio.TaskGroup() as group:
        group.create_task(_read(process.stdout, hear))
        group.create_task(_read(process.stderr, hear))
    return await process.wait()


async def _read(stream: StreamReader, hear: Heed) -> None:
    """Pass on the lines of *stream*, those that are too long cut."""
    rest = b""
    while chunk := await stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            hear(_text(line))
        rest = rest[:_LINE_LIMIT_BYTES]
    if rest:
        hear(_text(rest))


def _text(line: bytes) -> str:
    return line[:_LINE_LIMIT_BYTES].decode(errors="replace").rstrip("\r")


async def _end(process: Process, ending: asyncio.Task[int]) -> None:
    """End the program and what it started, also when this is cancelled."""
    try:
        _signal(process, ending, signal.SIGTERM)
        await asyncio.wait([ending], timeout=GRACE_S)
    finally:
        _signal(process, ending, signal.SIGKILL)
    await asyncio.wait([ending], timeout=_GONE_S)


def _signal(process: Process, ending: asyncio.Task[int], number: signal.Signals) -> None:
    """Signal the whole group; as long as somebody of it holds a stream its id is no other's."""
    if not ending.done():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
