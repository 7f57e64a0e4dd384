"""A credential helper: a program that stores logins, run to get one of them.

It is ``docker-credential-NAME`` on PATH, gets the argument ``get`` and the server on stdin, and
writes JSON to stdout. It has a time limit, as it may wait for user input, and is killed with all
processes that it started. Its stdout is never logged; its stderr is, at debug level and without
likely secrets.

Spec: docker-credential-helpers, "Development".
"""

from __future__ import annotations

import json
import logging
import os
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.logins.program import run_program
from reposync.oci.error_code import printable, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.logins.program import ProgramResult

LIMIT_S = 30.0
_SHOWN_CHARACTERS = 200
_READ_BYTES = 4 * _SHOWN_CHARACTERS
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NONE = b"credentials not found in native keychain"
_SECRETS = (
    (r"(?i)(secret|password|passwd|token)(\W?\s*[:=]\s*)[^\s,}]+", r"\1\2***"),
    (r"[A-Za-z0-9+=_-]{20,}", "***"),
)
_WORD_OF_OUTPUT = rb"[^\s\"',:{}]{4,}"
_TOKEN_USER = "<token>"  # noqa: S105 -- the user name by which a helper marks a token
_log = logging.getLogger(__name__)


class Question(Struct, frozen=True):
    """The helper to ask for the login of *server*; ``origin`` names the file that configures it."""

    name: str
    server: str
    origin: str

    @property
    def program(self) -> str:
        """The name of the program."""
        return f"docker-credential-{self.name}"


async def ask(
    question: Question, environ: Mapping[str, str], *, limit_s: float = LIMIT_S
) -> Credentials | None:
    """Return the login that the helper stores for the server; None if it stores none.

    Raises:
        LoginError: The helper cannot be run, or its output is malformed.
    """
    command = [_program(question, environ), "get"]
    try:
        result = await run_program(command, question.server.encode(), environ, limit_s)
    except TimeoutError:
        raise LoginError(
            f"{question.program} returned no login for {question.server} within {limit_s:g} s",
            hint=f"it may be waiting for a passphrase; {_try_it(question)}",
        ) from None
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "it is not a program"
        raise LoginError(f"{command[0]} cannot be run: {why}", hint=_try_it(question)) from error
    if result.code and result.output.strip() == _NONE:
        return None
    if result.code:
        _log_stderr(question, result)
        raise LoginError(
            f"{question.program} failed for {question.server} with exit code {result.code}",
            hint=_try_it(question),
        )
    return _read(question, result.output)


def _program(question: Question, environ: Mapping[str, str]) -> str:
    if not re.fullmatch(_NAME, question.name):
        raise LoginError(
            f"the helper that {question.origin} names for {question.server} has an invalid name",
            hint="write the part after `docker-credential-`, such as `pass`",
        )
    from shutil import which  # noqa: PLC0415 -- it imports archive modules, which most runs do not need

    program = which(question.program, path=environ.get("PATH", os.defpath))
    if program is None:
        raise LoginError(
            f"{question.program}, which {question.origin} names for {question.server}, is not on "
            "PATH",
            hint="install it, or set env_user and env_password for this registry",
        )
    return program


def _read(question: Question, output: bytes) -> Credentials | None:
    try:
        answer = json.loads(output)
        user, secret = answer["Username"], answer["Secret"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _malformed(question) from None
    if not isinstance(user, str) or not isinstance(secret, str):
        raise _malformed(question)
    origin = f"{question.program}, named in {question.origin}"
    if user == _TOKEN_USER:
        return Credentials("", "", origin, identity_token=secret) if secret else None
    return Credentials(user, secret, origin) if user or secret else None


def _malformed(question: Question) -> LoginError:
    return LoginError(
        f"{question.program} returned malformed output for {question.server}",
        hint=_try_it(question),
    )


def _log_stderr(question: Question, result: ProgramResult) -> None:
    """Log the first line of its stderr, without words of its stdout, which may be secret."""
    line = result.stderr.strip().partition(b"\n")[0][:_READ_BYTES]
    for word in set(re.findall(_WORD_OF_OUTPUT, result.output[:_READ_BYTES])):
        line = line.replace(word, b"***")
    shown = redacted(printable(line.decode("utf-8", "replace")))
    for pattern, instead in _SECRETS:
        shown = re.sub(pattern, instead, shown)
    if shown:
        _log.debug("%s reported: %s", question.program, shown[:_SHOWN_CHARACTERS])


def _try_it(question: Question) -> str:
    return f"run `echo {question.server} | {question.program} get` to see its output"
