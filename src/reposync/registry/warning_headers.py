"""Notices: what a registry warns its users of, told to them once.

Spec: distribution-spec v1.1.1, "Warnings".
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from reposync.oci.error_code import printable, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

_VALUE = r'299 - "(?P<text>(?:[^"\\]|\\.){1,2000})"'
_ESCAPED = r"\\(.)"
_TEXT_LIMIT = 300
_COUNT_LIMIT = 20


class WarningHeaders:
    """Tells of each warning of one host a single time, and of no more than a few."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._told: set[str] = set()

    def observe(self, values: Iterable[str]) -> None:
        """Report the warnings in the *values* of an answer's headers."""
        for text in map(warning, values):
            if text and text not in self._told and len(self._told) < _COUNT_LIMIT:
                self._told.add(text)
                _log.warning("%s warns: %s", self._host, text)


def warning(value: str) -> str:
    """Read a header's value; empty where it is none that is meant for people."""
    match = re.fullmatch(_VALUE, value.strip())
    if match is None:
        return ""
    return redacted(printable(re.sub(_ESCAPED, r"\1", match["text"])))[:_TEXT_LIMIT]
