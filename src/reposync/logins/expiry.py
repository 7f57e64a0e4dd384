"""Expiry: how long a secret is kept before it is requested again. A pure rule.

A JSON web token holds its expiry, and so does the password of ECR, which is JSON in Base64. The
expiry of others is not known: they are kept for an hour, as other clients do.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

KEPT_S = 3600.0
_RENEWED_AT = 0.8
_PARTS_OF_A_TOKEN = 3
_NEVER_S = 1e12


def kept_until_s(secret: str, now_s: float) -> float:
    """Return until when *secret*, received at *now_s*, is valid; both in Unix seconds."""
    ends_s = _ends_s(secret)
    if ends_s is None or ends_s <= now_s:
        return now_s + KEPT_S
    return now_s + min(KEPT_S, _RENEWED_AT * (ends_s - now_s))


def _ends_s(secret: str) -> float | None:
    parts = secret.split(".")
    if len(parts) == _PARTS_OF_A_TOKEN:
        return _number(_document(parts[1]), "exp")
    return _number(_document(secret), "expiration")


def _document(encoded: str) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return json.loads(base64.urlsafe_b64decode(encoded.encode() + b"=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None


def _number(document: Any, name: str) -> float | None:  # noqa: ANN401 -- any JSON value
    value = document.get(name) if isinstance(document, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _NEVER_S else None
