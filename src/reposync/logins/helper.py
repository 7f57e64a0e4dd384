"""A helper: a program that keeps logins, asked for one of them.

It is ``docker-credential-NAME`` on PATH, gets the word ``get`` and the server on its input, and
answers with JSON. It has a time limit, since it may wait for a person who is not there, and is
ended with all that it started. What it says is never shown, but for what it says of its troubles,
in debugging and without what looks like a secret.

Spec: docker-credential-helpers, "Development".
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.oci.error_code import printable, redacted

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

LIMIT_S = 30.0
_LIMIT_BYTES = 1024 * 1024
_SHOWN_CHARACTERS = 200
_READ_BYTES = 4 * _SHOWN_CHARACTERS
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NONE = b"credentials not found in native keychain"
_SECRETS = (
    (
        re.compile(r"(secret|password|passwd|token)(\W?\s*[:=]\s*)[^\s,}]+", re.IGNORECASE),
        r"\1\2***",
    ),
    (re.compile(r"[A-Za-z0-9+=_-]{20,}"), "***"),
)
_ANSWERED = re.compile(rb"[^\s\"',:{}]{4,}")
_TOKEN_USER = "<token>"  # noqa: S105 -- the name by which a helper says that it gives a token
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """Which helper to ask for the login of *server*; ``origin`` names the file that says so."""

    name: str
    server: str
    origin: str

    @property
    def program(self) -> str:
        """The program's name."""
        return f"docker-credential-{self.name}"


async def ask(
    question: Question, environ: Mapping[str, str], *, limit_s: float = LIMIT_S
) -> Credentials | None:
    """Ask for a login; None when the helper keeps none for that server.

    Raises:
        LoginError: It cannot be asked, or does not answer as a helper does.
    """
    process = await _start(question, environ)
    try:
        async with asyncio.timeout(limit_s):
            output, troubles = await _talk(process, question.server)
            code = await process.wait()
    except TimeoutError:
        raise LoginError(
            f"{question.program} gave no login for {question.server} within {limit_s:g} s",
            hint=f"it may wait for a passphrase; {_try_it(question)}",
        ) from None
    finally:
        await _end(process)
    if code and output.strip() == _NONE:
        return None
    if code:
        _tell(question, troubles, output)
        raise LoginError(
            f"{question.program} failed for {question.server} with the exit code {code}",
            hint=_try_it(question),
        )
    return _read(question, output)


async def _start(question: Question, environ: Mapping[str, str]) -> Process:
    if not _NAME.fullmatch(question.name):
        raise LoginError(
            f"{question.origin} names a helper for {question.server} that cannot be one",
            hint="write what follows `docker-credential-` in its name, such as `pass`",
        )
    program = shutil.which(question.program, path=environ.get("PATH", os.defpath))
    if program is None:
        raise LoginError(
            f"{question.program}, which {question.origin} names for {question.server}, is not on "
            "PATH",
            hint="install it, or name env_user and env_password of this registry",
        )
    pipe = asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *(program, "get"),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=dict(environ),
            start_new_session=True,  # a group of its own, to be ended as one
        )
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "it is no program"
        raise LoginError(f"{program} cannot be run: {why}", hint=_try_it(question)) from error


async def _talk(process: Process, server: str) -> tuple[bytes, bytes]:
    """Send *server*, and read both outputs to their ends."""
    output, troubles, _ = await asyncio.gather(
        _read_all(process.stdout), _read_all(process.stderr), _send(process.stdin, server)
    )
    return output, troubles


async def _send(stream: asyncio.StreamWriter | None, server: str) -> None:
    assert stream is not None  # noqa: S101 -- the process was started with pipes
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read
        stream.write(server.encode())
        await stream.drain()
    stream.close()


async def _read_all(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, and keep the first part."""
    assert stream is not None  # noqa: S101 -- the process was started with pipes
    kept = b""
    while chunk := await stream.read(_LIMIT_BYTES):
        kept += chunk[: _LIMIT_BYTES - len(kept)]
    return kept


async def _end(process: Process) -> None:
    """End the process with all that it started, if it has not ended, and wait for that."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def _read(question: Question, output: bytes) -> Credentials | None:
    try:
        answer = json.loads(output)
        user, secret = answer["Username"], answer["Secret"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _garbage(question) from None
    if not isinstance(user, str) or not isinstance(secret, str):
        raise _garbage(question)
    origin = f"{question.program}, named in {question.origin}"
    if user == _TOKEN_USER:
        return Credentials("", "", origin, identity_token=secret) if secret else None
    return Credentials(user, secret, origin) if user or secret else None


def _garbage(question: Question) -> LoginError:
    return LoginError(
        f"{question.program} answered for {question.server} what is no login",
        hint=_try_it(question),
    )


def _tell(question: Question, troubles: bytes, output: bytes) -> None:
    """Log the first line of *troubles*, without what the helper answered, which may be secret."""
    line = troubles.strip().partition(b"\n")[0][:_READ_BYTES]
    for word in set(_ANSWERED.findall(output[:_READ_BYTES])):
        line = line.replace(word, b"***")
    shown = redacted(printable(line.decode("utf-8", "replace")))
    for pattern, instead in _SECRETS:
        shown = pattern.sub(instead, shown)
    if shown:
        _log.debug("%s says: %s", question.program, shown[:_SHOWN_CHARACTERS])


def _try_it(question: Question) -> str:
    return f"see what `echo {question.server} | {question.program} get` says"
