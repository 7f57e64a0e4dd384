"""What a program said when it failed, read: its last complaint, without what nobody should see.

skopeo complains in a line ``time="..." level=fatal msg="..."``; what others say is taken as it is.
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


def complaint(lines: Iterable[str], secrets: Iterable[str] = ()) -> str:
    """Return what was complained of last in *lines*, cut to what a person reads; "" for nothing.

    *secrets* do not appear in it, nor what else looks like one.
    """
    said = [line for line in lines if line.strip()]
    wrong = [line for line in said if _LEVEL.search(line)] or said
    return shown(_message(wrong[-1]), secrets) if wrong else ""


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """Make *text* of a program fit to be told."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    clean = " ".join(redacted(printable(text)).split())
    if len(clean) <= _SHOWN_LIMIT:
        return clean
    # The end says what happened, the beginning only where.
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
