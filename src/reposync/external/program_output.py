"""Output of a program that failed: its last error message, without secrets.

skopeo reports errors in a line ``time="..." level=fatal msg="..."``; other output is used as is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from reposync.oci.error_code import printable, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVEL = re.compile(r"\blevel=(?:fatal|error|panic)\b")
_MESSAGE = re.compile(r'\bmsg=(?P<text>"(?:[^"\\]|\\.)*"|\S+)')
_SHOWN_LIMIT = 300
_ELLIPSIS = "..."


def last_error(lines: Iterable[str], secrets: Iterable[str] = ()) -> str:
    """Return the last error message in *lines*, shortened; "" if there is none.

    *secrets* are removed, and other texts that look like secrets.
    """
    said = [line for line in lines if line.strip()]
    wrong = [line for line in said if _LEVEL.search(line)] or said
    return sanitized(_message(wrong[-1]), secrets) if wrong else ""


def sanitized(text: str, secrets: Iterable[str] = ()) -> str:
    """Return *text* of a program without secrets and control characters, shortened."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    clean = " ".join(redacted(printable(text)).split())
    if len(clean) <= _SHOWN_LIMIT:
        return clean
    # The end holds the cause, the beginning only the context.
    return _ELLIPSIS + clean[len(_ELLIPSIS) - _SHOWN_LIMIT :]


def _message(line: str) -> str:
    found = _MESSAGE.search(line)
    if found is None:
        return line
    text = found["text"]
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        return text.strip('"')
