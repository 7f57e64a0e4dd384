"""Processes that serve as long as a block lasts, and never longer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_END_LIMIT_S: Final = 5.0


class BenchError(Exception):
    """Something that the person at the keyboard must know; one sentence."""


@contextmanager
def running(
    command: Sequence[str],
    environ: Mapping[str, str],
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run *command* as long as the block lasts.

    It is in a session of its own, so that Ctrl-C reaches this process alone, which ends it; should
    this process be killed, the system ends it (where there is setpriv).
    """
    tether = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    with subprocess.Popen(
        [*tether, *command],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def helper(module: str, *arguments: str) -> Iterator[list[str]]:
    """Run one of our modules as long as the block lasts; give the words of its first line.

    It must print a line when it is ready, and end when its standard input does.

    Raises:
        BenchError: It ended instead.
    """
    command = [sys.executable, "-m", module, *arguments]
    with running(command, _own_environment(), subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode().strip()
        words = line.split()
        if not words or words[0] != "ready":
            rest = process.stdout.read().decode(errors="replace").strip().splitlines()
            raise BenchError(f"{module} does not start: {rest[-1] if rest else line}")
        yield words[1:]


def _own_environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": ":".join(filter(None, sys.path))}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
