"""The error body of a registry's answer, read with distrust.

Spec: distribution-spec v1.1.1, "Error Codes".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MESSAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a registry said of its refusal: codes in upper case, one line of text."""

    codes: tuple[str, ...] = ()
    message: str = ""


def parse(body: bytes) -> ErrorBody:
    """Read an error body; whatever it is, give something that can be shown on a terminal."""
    try:
        document = json.loads(body)
        entries = [entry for entry in document["errors"] if isinstance(entry, dict)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ErrorBody(message=_first_line(body))
    codes = tuple(printable(str(entry.get("code", ""))).upper() for entry in entries)
    messages = (printable(str(entry.get("message") or "")) for entry in entries)
    return ErrorBody(
        codes=tuple(code for code in codes if code),
        message="; ".join(message for message in messages if message)[:_MESSAGE_LIMIT],
    )


def printable(text: str) -> str:
    """Replace what could steer a terminal: control characters and changes of direction."""
    return _UNPRINTABLE.sub(" ", text).strip()


def _first_line(body: bytes) -> str:
    text = body[: 4 * _MESSAGE_LIMIT].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ""  # a page for browsers says nothing that helps here
    return printable(text.partition("\n")[0])[:_MESSAGE_LIMIT]
