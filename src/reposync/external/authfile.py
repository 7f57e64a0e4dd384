"""The auth file that container tools read, so that no password is on a command line.

A name is a host, or a host and a repository; the longest match is used. A tool that gets such a
file reads no other: for registries that are not in it, it is anonymous.

Spec: containers-auth.json(5).
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from reposync.errors import LoginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.credentials import Credentials


def authfile(logins: Mapping[str, Credentials | None]) -> bytes:
    """Return the content of the file.

    Raises:
        LoginError: A login is a token that such a file cannot hold.
    """
    known = {name: login for name, login in logins.items() if login is not None}
    auths = {name: _entry(login) for name, login in known.items()}
    return json.dumps({"auths": auths}).encode()


def secrets(login: Credentials | None) -> tuple[str, ...]:
    """Return all secrets of *login*, in each form in which they may appear in a text."""
    if login is None:
        return ()
    basic = login.basic().partition(" ")[2]
    return tuple(
        each for each in (login.password, login.identity_token, login.registry_token, basic) if each
    )


def _entry(login: Credentials) -> dict[str, str]:
    if login.registry_token:
        raise LoginError(
            f"a registry token ({login.origin}) cannot be passed to another program",
            hint="log in with user and password, or use relay: native",
        )
    auth = {"auth": login.basic().partition(" ")[2]}
    if not login.identity_token:
        return auth
    pair = base64.b64encode(f"{login.user}:".encode()).decode("ascii")
    return {"auth": pair, "identitytoken": login.identity_token}
