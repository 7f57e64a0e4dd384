"""Challenges: parses ``WWW-Authenticate`` headers.

Servers send several challenges in one header or in several, quote commas and vary in case.

Spec: RFC 9110, section 11.6.1; distribution "Token Authentication Specification".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110's word for a bare name
_SCHEME = re.compile(rf"[\s,]*({_TOKEN})(?=\s|,|$)")
_PARAMETER = re.compile(rf'[\s,]*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))")
_ESCAPED = r"\\(.)"
_LIMIT = 16 * 1024


class Challenge(Struct, frozen=True):
    """One challenge: the scheme and the names of parameters are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Parse all challenges of a response, in order; malformed parts are skipped."""
    return tuple(challenge for header in headers for challenge in _challenges(header[:_LIMIT]))


def _challenges(header: str) -> Iterable[Challenge]:
    position = 0
    while (scheme := _SCHEME.match(header, position)) is not None:
        position = scheme.end()
        token68 = _TOKEN68.match(header, position)
        if token68 is not None:
            position = token68.end()
        parameters, position = _parameters(header, position)
        yield Challenge(scheme[1].lower(), parameters)


def _parameters(header: str, position: int) -> tuple[dict[str, str], int]:
    parameters: dict[str, str] = {}
    while (match := _PARAMETER.match(header, position)) is not None:
        quoted, bare = match[2], match[3]
        value = re.sub(_ESCAPED, r"\1", quoted) if quoted is not None else bare
        parameters.setdefault(match[1].lower(), value)
        position = match.end()
    return parameters, position
