"""Processes: runs another program to its end, with bounded output, and stops it on cancellation.

It gets a session of its own, so that a terminal's Ctrl-C reaches only reposync; cancellation stops
it and all processes that it has started. Its output may hold anything and is not logged here.
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

    OnLine = Callable[[str], None]

GRACE_S = 3.0
"""How long a program may take to exit after SIGTERM."""
_GONE_S = 1.0
_LINES_KEPT = 40
_LINE_LIMIT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024


class Completed(Struct, frozen=True):
    """How a program ended: its exit code, below 0 for a signal, and its last lines of output."""

    code: int
    lines: tuple[str, ...]


async def run(
    command: Sequence[str], environ: Mapping[str, str], observe: OnLine = lambda _: None
) -> Completed:
    """Run *command* with the environment *environ*; call *observe* for each line of its output.

    On cancellation it sends SIGTERM, SIGKILL after a grace period, and raises the cancellation.

    Raises:
        RelayError: The program cannot be started.
    """
    process = await _started(command, environ)
    lines: deque[str] = deque(maxlen=_LINES_KEPT)

    def on_line(line: str) -> None:
        lines.append(line)
        observe(line)

    ending = asyncio.create_task(_read_to_end(process, on_line))
    try:
        code = await asyncio.shield(ending)
    except BaseException:
        await _end(process, ending)
        raise
    return Completed(code, tuple(lines))


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


async def _read_to_end(process: Process, on_line: OnLine) -> int:
    """Read both streams until all their writers have closed them; return the exit code."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 -- pipes
    async with asyncio.TaskGroup() as group:
        group.create_task(_read(process.stdout, on_line))
        group.create_task(_read(process.stderr, on_line))
    return await process.wait()


async def _read(stream: StreamReader, on_line: OnLine) -> None:
    """Call *on_line* for the lines of *stream*; cut those that are too long."""
    rest = b""
    while chunk := await stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            on_line(_text(line))
        rest = rest[:_LINE_LIMIT_BYTES]
    if rest:
        on_line(_text(rest))


def _text(line: bytes) -> str:
    return line[:_LINE_LIMIT_BYTES].decode(errors="replace").rstrip("\r")


async def _end(process: Process, ending: asyncio.Task[int]) -> None:
    """Stop the program and what it started, even if this is cancelled."""
    try:
        _signal(process, ending, signal.SIGTERM)
        await asyncio.wait([ending], timeout=GRACE_S)
    finally:
        _signal(process, ending, signal.SIGKILL)
    await asyncio.wait([ending], timeout=_GONE_S)


def _signal(process: Process, ending: asyncio.Task[int], number: signal.Signals) -> None:
    """Signal the whole group; its id is not reused while one of its processes holds a stream."""
    if not ending.done():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
