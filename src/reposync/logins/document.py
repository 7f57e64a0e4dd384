"""Documents: parses an auth file to values, and reports what is wrong with it.

Messages quote only keys, names of helpers and places, never other content of a document.

Spec: docker, "config.json"; containers-auth.json(5).
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING

from msgspec import field

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.logins.places import Place

_LOG_IN_AGAIN = "log in again, or correct the file"


class LoginDocument(Redacted, frozen=True):
    """Logins by key, and the helpers for other logins: ``store`` for all, ``helpers`` by key.

    ``origin`` names the document in messages.
    """

    redacted = frozenset({"logins"})

    origin: str
    logins: Mapping[str, object] = field(default_factory=dict)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""


def parse(text: str, place: Place) -> LoginDocument:
    """Parse *text*; an empty document holds no logins.

    Raises:
        LoginError: It is malformed.
    """
    if not text.strip():
        return LoginDocument(place.origin)
    content = _content(text, place.origin)
    if place.is_bare:
        return LoginDocument(place.origin, content)
    helpers = _map(content, "credHelpers", place.origin)
    names = {key: _name(name, f"credHelpers, {key}", place) for key, name in helpers.items()}
    store = _name(content.get("credsStore") or "", "credsStore", place)
    return LoginDocument(place.origin, _map(content, "auths", place.origin), names, store)


def login(key: str, entry: object, origin: str) -> Credentials | None:
    """Return the login in *entry*, the value at *key*; None if the entry is empty.

    Docker writes an empty entry for a login that a helper stores.

    Raises:
        LoginError: The entry is malformed.
    """
    if not isinstance(entry, dict):
        raise LoginError(f"the login of {key} in {origin} is not a map", hint=_LOG_IN_AGAIN)
    texts = {name: _text(entry, name, key, origin) for name in _FIELDS}
    user, password = texts["username"], texts["password"]
    if texts["auth"]:
        user, password = _pair(texts["auth"], key, origin)
    found = Credentials(user, password, origin, texts["identitytoken"], texts["registrytoken"])
    return found if user or found.identity_token or found.registry_token else None


_FIELDS = ("auth", "username", "password", "identitytoken", "registrytoken")


def _content(text: str, origin: str) -> dict[str, object]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise LoginError(f"{origin} is not JSON: {where}", hint=_LOG_IN_AGAIN) from None
    except (ValueError, RecursionError):
        raise LoginError(f"{origin} is not valid JSON", hint=_LOG_IN_AGAIN) from None
    if not isinstance(content, dict):
        raise LoginError(f"{origin} is not a map", hint=_LOG_IN_AGAIN)
    return content


def _map(content: Mapping[str, object], name: str, origin: str) -> dict[str, object]:
    found = content.get(name) or {}
    if not isinstance(found, dict):
        raise LoginError(f"{name} in {origin} is not a map", hint=_LOG_IN_AGAIN)
    return found


def _name(value: object, where: str, place: Place) -> str:
    if not isinstance(value, str):
        raise LoginError(
            f"{where} in {place.origin} is not the name of a helper", hint=_LOG_IN_AGAIN
        )
    return value


def _text(entry: Mapping[str, object], name: str, key: str, origin: str) -> str:
    value = entry.get(name) or ""
    if not isinstance(value, str):
        raise LoginError(f"{name} of {key} in {origin} is not a string", hint=_LOG_IN_AGAIN)
    return value


def _pair(encoded: str, key: str, origin: str) -> tuple[str, str]:
    """Decode ``user:password`` from Base64; some tools omit the padding or append NUL bytes."""
    packed = "".join(encoded.split()).rstrip("=")
    try:
        content = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
        user, colon, password = content.decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon:
        raise LoginError(
            f"auth of {key} in {origin} is not user:password in Base64", hint=_LOG_IN_AGAIN
        ) from None
    return user, password.strip("\x00")
