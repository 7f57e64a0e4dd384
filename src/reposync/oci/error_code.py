"""The error body of a registry's response, parsed as untrusted input.

Its text is shown to users: control characters are replaced, and likely secrets, such as a request
header that a proxy repeats, are removed.

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
    (r"\beyJ[\w-]{8,}[\w.=-]*", "***"),  # a JSON web token, or part of one
)
_MESSAGE_LIMIT = 200
_CODE_LIMIT = 60
_ENTRIES_LIMIT = 10
_READ_LIMIT = 4 * _MESSAGE_LIMIT


class ErrorBody(Struct, frozen=True):
    """An error reported by a registry: codes in upper case, one line of text."""

    codes: tuple[str, ...] = ()
    message: str = ""


def parse(body: bytes) -> ErrorBody:
    """Parse an error body of any format; the result is safe to show on a terminal."""
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
    """Replace control characters and changes of text direction."""
    return re.sub(_UNPRINTABLE, " ", text).strip()


def redacted(text: str) -> str:
    """Remove likely secrets: authorizations, tokens, users and queries of URLs."""
    for pattern, instead in _SECRETS:
        text = re.sub(pattern, instead, text)
    return text


def _shown(text: str) -> str:
    whole = text[:_READ_LIMIT].encode("utf-8", "replace").decode()  # JSON can hold lone surrogates
    return redacted(printable(whole))


def _first_line(body: bytes) -> str:
    text = body[:_READ_LIMIT].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ""  # a web page holds nothing helpful
    return _shown(text.partition("\n")[0])[:_MESSAGE_LIMIT]
