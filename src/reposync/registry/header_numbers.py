"""Numbers in headers: lengths and ranges, of which some servers write nonsense. A pure rule.

Spec: RFC 9110, section 14; distribution-spec v1.1.1, "Pushing a blob in chunks".
"""

from __future__ import annotations

import re

_LENGTH = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"(?:bytes\s*[= ])?\s*[0-9]*\s*-\s*([0-9]{1,18})", re.IGNORECASE)
_CONTENT_RANGE = re.compile(r"bytes\s*=?\s*([0-9]{1,18})\s*-.*", re.IGNORECASE | re.DOTALL)


def length(text: str) -> int | None:
    """Read a length in bytes; None where *text* tells none."""
    match = _LENGTH.fullmatch(text.strip())
    return int(match[0]) if match else None


def taken_bytes(range_text: str) -> int | None:
    """Read from the Range of an upload how many bytes have come; None where it does not tell."""
    match = _RANGE.fullmatch(range_text.strip())
    return int(match[1]) + 1 if match else None


def first_byte(content_range: str) -> int | None:
    """Read where a part of a blob begins; None where it does not tell."""
    match = _CONTENT_RANGE.fullmatch(content_range.strip())
    return int(match[1]) if match else None
