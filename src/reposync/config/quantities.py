"""Quantities with a unit: durations and amounts of bytes, as the file writes them."""

from __future__ import annotations

import re

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
_NUMBER = r"[0-9]{1,9}(?:[.][0-9]{1,3})?"
DURATION_PATTERN = rf"^{_NUMBER}(?:{'|'.join(filter(None, _SECONDS))})?$"
BYTES_PATTERN = rf"^{_NUMBER} ?(?:{'|'.join(filter(None, _BYTES))})?$"


def duration_s(text: str | None, default_s: float) -> float:
    """Return the seconds that *text* means, such as `90`, `30s` or `2m`; the default for None."""
    return default_s if text is None else _read(text, _SECONDS)


def size_bytes(text: str | None) -> float:
    """Return the bytes that *text* means, such as `500000`, `10MiB` or `1.5 GB`; 0 for None."""
    return 0.0 if text is None else _read(text, _BYTES)


def _read(text: str, units: dict[str, int]) -> float:
    match = re.fullmatch(rf"({_NUMBER}) ?([a-zA-Z]*)", text)
    if match is None:
        raise ValueError(f"{text!r} is no quantity")
    return float(match[1]) * units[match[2]]
