"""The error body of a registry's answer, read with distrust.

What it says is shown to users: nothing in it can steer a terminal, and what looks like a secret,
such as a header that a proxy throws back, is left out.

Spec: distribution-spec v1.1.1, "Error Codes".
"""

from __future__ import annotations

import json
import re

from msgspec import Struct

_UNPRINTABLE = (
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udc7f\udd00-\udfff]+"
)
_SECRETS = (
    (r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+", r"\1 ***"),
    (r"(?i)\b(https?://)[^\s/?@\"'<>]*@", r"\1"),  # a user, and a password
    (r"(?i)\b(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*", r"\1?***"),
    (r"\beyJ[\w-]{8,}[\w.=-]*", "***"),  # a JSON web token, or a part of one
)
_MESSAGE_LIMIT = 200
_CODE_LIMIT = 60
_ENTRIES_LIMIT = 10
_READ_LIMIT = 4 * _MESSAGE_LIMIT


class ErrorBody(Struct, frozen=True):
    """What a registry said of its refusal: codes in upper case, one line of text."""

    codes: tuple[str, ...] = ()
    message: str = ""


def parse(body: bytes) -> ErrorBody:
    """Read an error body of any kind; the result can be shown on a terminal."""
    try:
        document = json.loads(body)
        entries = [entry for entry in document["errors"] if isinstance(entry, dict)]
        codes = [_shown(str(entry.get("code", ""))).upper() for entry in entries[:_ENTRIES_LIMIT]]
        messages = [_shown(str(entry.get("message") or "")) for entry in entries[:_ENTRIES_LIMIT]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ErrorBody(message=_first_line(body))
    return ErrorBody(
        codes=tuple(code[:_CODE_LIMIT] for code in codes if code),
        message="; ".join(message for message in messages if message)[:_MESSAGE_LIMIT],
    )


def printable(text: str) -> str:
    """Replace what could steer a terminal: control characters and changes of direction."""
    return re.sub(_UNPRINTABLE, " ", text).strip()


def redacted(text: str) -> str:
    """Leave out what looks like a secret: authorizations, tokens, users and queries of URLs."""
    for pattern, instead in _SECRETS:
        text = re.sub(pattern, instead, text)
    return text


def _shown(text: str) -> str:
    whole = text[:_READ_LIMIT].encode("utf-8", "replace").decode()  # JSON can hold half a sign
    return redacted(printable(whole))


def _first_line(body: bytes) -> str:
    text = body[:_READ_LIMIT].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ""  # a page for browsers says nothing that helps here
    return _shown(text.partition("\n")[0])[:_MESSAGE_LIMIT]
