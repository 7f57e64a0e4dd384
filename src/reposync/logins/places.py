"""Places: where docker and podman store logins, in order of precedence.

Files that the environment names come before those in the home directory. A file that it names must
be readable and valid. Other files in a directory that this user cannot enter are ignored, as in a
container that runs without privileges.

Spec: docker, "docker login" and "DOCKER_CONFIG"; containers-auth.json(5).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.errors import LoginError
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LIMIT_BYTES = 4 * 1024 * 1024
_INLINE = "DOCKER_AUTH_CONFIG"
_FILE = "REGISTRY_AUTH_FILE"
_DIRECTORY = "DOCKER_CONFIG"


class Place(Redacted, frozen=True):
    """One place: a file, or with ``text`` the value of a variable; ``variable`` names it, if any.

    ``is_bare`` marks docker's old format, which holds only logins.
    """

    redacted = frozenset({"text"})

    name: str
    path: str = ""
    variable: str = ""
    text: str = ""
    is_bare: bool = False

    @property
    def origin(self) -> str:
        """The name of the place in messages."""
        return f"{self.name} ({self.path})" if self.path else self.name


def places(environ: Mapping[str, str]) -> tuple[Place, ...]:
    """Return all possible places in order of precedence."""
    return tuple(_places(environ))


def read(place: Place) -> str | None:
    """Return the content of *place*; None if it does not exist.

    Raises:
        LoginError: It cannot be read.
    """
    if place.text:
        return place.text
    try:
        content = _read_bytes(place.path)
    except FileNotFoundError as error:
        if place.variable != _FILE:
            return None
        raise _refusal(place, "does not exist", "check the path") from error
    except NotADirectoryError as error:
        if not place.variable:
            return None
        raise _refusal(place, "is not in a directory", "check the path") from error
    except IsADirectoryError as error:
        raise _refusal(place, "is a directory", "set it to a file") from error
    except PermissionError as error:
        if not place.variable and not _is_there(place.path):
            return None
        raise _refusal(
            place, "cannot be read: permission denied", "check its permissions"
        ) from error
    except (OSError, ValueError) as error:
        raise _refusal(place, "cannot be read", _reason(error)) from error
    return _decoded(place, content)


def _places(environ: Mapping[str, str]) -> Iterator[Place]:
    home, runtime = environ.get("HOME", ""), environ.get("XDG_RUNTIME_DIR", "")
    config = environ.get("XDG_CONFIG_HOME", "") or (home and f"{home}/.config")
    if text := environ.get(_INLINE, "").strip():
        yield Place(f"the environment variable {_INLINE}", variable=_INLINE, text=text)
    if path := environ.get(_FILE, ""):
        yield Place("the auth file", path, variable=_FILE)
    if directory := environ.get(_DIRECTORY, ""):
        yield Place("docker's config.json", f"{directory}/config.json", variable=_DIRECTORY)
    elif home:
        yield Place("docker's config.json", f"{home}/.docker/config.json")
    runtime = f"{runtime}/containers" if runtime else f"/run/containers/{os.getuid()}"
    yield Place("podman's auth.json", f"{runtime}/auth.json")
    if config:
        yield Place("podman's auth.json", f"{config}/containers/auth.json")
    if home:
        yield Place("docker's .dockercfg", f"{home}/.dockercfg", is_bare=True)


def _read_bytes(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_LIMIT_BYTES + 1)


def _is_there(path: str) -> bool:
    """Return whether this user can enter the directory, so that only the file is protected."""
    try:
        return Path(path).exists()
    except PermissionError:
        return False


def _decoded(place: Place, content: bytes) -> str:
    if len(content) > _LIMIT_BYTES:
        limit_mib = _LIMIT_BYTES // 1024**2
        raise _refusal(place, f"is larger than {limit_mib} MiB", "it is not an auth file")
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _refusal(place, "is not UTF-8", "log in again, or save it as UTF-8") from None


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or "it is not a valid path"


def _refusal(place: Place, what: str, hint: str) -> LoginError:
    by = f"; {place.variable} names it" if place.variable else ""
    return LoginError(f"{place.origin} {what}", hint=f"{hint}{by}")
