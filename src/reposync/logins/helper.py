"""A helper: a program that keeps logins, asked for one of them.

It is ``docker-credential-NAME`` on PATH, gets the word ``get`` and the server on its input, and
answers with JSON. It has a time limit, since it may wait for a person who is not there, and is
ended with all that it started. What it says is never shown, but for what it says of its troubles,
in debugging and without what looks like a secret.

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
from reposync.logins.program import told
from reposync.oci.error_code import printable, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.logins.program import Said

LIMIT_S = 30.0
_SHOWN_CHARACTERS = 200
_READ_BYTES = 4 * _SHOWN_CHARACTERS
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NONE = b"credentials not found in native keychain"
_SECRETS = (
    (r"(?i)(secret|password|passwd|token)(\W?\s*[:=]\s*)[^\s,}]+", r"\1\2***"),
    (r"[A-Za-z0-9+=_-]{20,}", "***"),
)
_ANSWERED = rb"[^\s\"',:{}]{4,}"
_TOKEN_USER = "<token>"  # noqa: S105 -- the name by which a helper says that it gives a token
_log = logging.getLogger(__name__)


class Question(Struct, frozen=True):
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
    command = [_program(question, environ), "get"]
    try:
        said = await told(command, question.server.encode(), environ, limit_s)
    except TimeoutError:
        raise LoginError(
            f"{question.program} gave no login for {question.server} within {limit_s:g} s",
            hint=f"it may wait for a passphrase; {_try_it(question)}",
        ) from None
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "it is no program"
        raise LoginError(f"{command[0]} cannot be run: {why}", hint=_try_it(question)) from error
    if said.code and said.output.strip() == _NONE:
        return None
    if said.code:
        _tell(question, said)
        raise LoginError(
            f"{question.program} failed for {question.server} with the exit code {said.code}",
            hint=_try_it(question),
        )
    return _read(question, said.output)


def _program(question: Question, environ: Mapping[str, str]) -> str:
    if not re.fullmatch(_NAME, question.name):
        raise LoginError(
            f"{question.origin} names a helper for {question.server} that cannot be one",
            hint="write what follows `docker-credential-` in its name, such as `pass`",
        )
    from shutil import which  # noqa: PLC0415 -- it brings archives, which most runs do without

    program = which(question.program, path=environ.get("PATH", os.defpath))
    if program is None:
        raise LoginError(
            f"{question.program}, which {question.origin} names for {question.server}, is not on "
            "PATH",
            hint="install it, or name env_user and env_password of this registry",
        )
    return program


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


def _tell(question: Question, said: Said) -> None:
    """Log the first line of its troubles, without what the helper answered, which may be secret."""
    line = said.troubles.strip().partition(b"\n")[0][:_READ_BYTES]
    for word in set(re.findall(_ANSWERED, said.output[:_READ_BYTES])):
        line = line.replace(word, b"***")
    shown = redacted(printable(line.decode("utf-8", "replace")))
    for pattern, instead in _SECRETS:
        shown = re.sub(pattern, instead, shown)
    if shown:
        _log.debug("%s says: %s", question.program, shown[:_SHOWN_CHARACTERS])


def _try_it(question: Question) -> str:
    return f"see what `echo {question.server} | {question.program} get` says"
