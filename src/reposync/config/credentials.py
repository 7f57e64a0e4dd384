"""Credentials: user and password of a registry, taken from the environment.

The file names variables; their values are read here alone, when a run begins. Where ``NAME`` is not
set and ``NAME_FILE`` is, the value is in the file at that path, as with many images of Docker.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.config.layouts import means_layout
from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.model import Config, Registry

_IN_FILE = "_FILE"
_LIMIT_BYTES = 64 * 1024
_FIELDS = ("env_user", "env_password")


def credentials(registry: Registry, environ: Mapping[str, str]) -> Credentials | None:
    """Look up who to be at *registry*; None for anonymous: no variable named, or an empty user.

    Raises:
        KeyError: A variable that is named is not set; `load` does not let such a file pass, but
            for verifying only.
        LoginError: The file that a variable names cannot be read; neither does it let that pass.
    """
    if registry.env_user is None or registry.env_password is None:
        return None
    user, user_origin = _value(registry.env_user, environ)
    password, password_origin = _value(registry.env_password, environ)
    origin = f"environment variables {user_origin} and {password_origin}"
    return Credentials(user, password, origin) if user else None


def is_set(name: str, environ: Mapping[str, str]) -> bool:
    """Return whether the value that *name* means is there, or is said to be in a file."""
    return name in environ or name + _IN_FILE in environ


def unreadable_secrets(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find the files that hold values of variables of *config*, and cannot be read."""
    for key, registry in config.registries.items():
        names = {field: getattr(registry, field) for field in _FIELDS}
        for field, name in names.items():
            if name and is_set(name, environ) and not means_layout(registry.url):
                try:
                    _value(name, environ)
                except LoginError as error:
                    yield Finding(("registries", key, field), str(error), error.hint or "")


def _value(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the value that *name* means, and the variable that it comes by."""
    in_file = name + _IN_FILE
    if name in environ or in_file not in environ:
        return environ[name], name
    return _read(in_file, environ[in_file]), in_file


def _read(name: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        why = os.strerror(number).lower() if number else "this is no path"
        raise LoginError(
            f"the file {quoted(path)} of {quoted(name)} cannot be read", hint=why
        ) from error
    try:
        if len(content) <= _LIMIT_BYTES:
            text = content.decode("utf-8")
            return text.removesuffix("\r\n" if text.endswith("\r\n") else "\n")
    except UnicodeDecodeError:
        pass
    raise LoginError(
        f"the file {quoted(path)} of {quoted(name)} is no text of one secret",
        hint="write the value alone into it, in UTF-8",
    )
