"""Amounts as people read them: bytes in binary units, spans of time."""

from __future__ import annotations

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_WHOLE_FROM = 99.95
"""From here on a digit after the point says nothing that anyone wants to know."""
_NEXT_UNIT_FROM = 1023.5
_MINUTE_FROM_S = 59.95


def binary_size(size_bytes: float) -> str:
    """Write *size_bytes* in the largest unit that leaves at least one: ``1.5 KiB``."""
    value, unit = float(size_bytes), 0
    while value >= _NEXT_UNIT_FROM and unit < len(_BINARY_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    digits = 0 if unit == 0 or value >= _WHOLE_FROM else 1
    return f"{value:.{digits}f} {_BINARY_UNITS[unit]}"


def duration(seconds: float) -> str:
    """Write a span of time in its two largest units: ``4.2 s``, ``1 min 12 s``, ``2 h 5 min``."""
    if seconds < _MINUTE_FROM_S:
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return f"{minutes} min {rest_s} s"
    hours, rest_min = divmod(minutes, 60)
    return f"{hours} h {rest_min} min"


def whole_duration(seconds: float) -> str:
    """Write a span of time that is an estimate, without parts of seconds: ``4 s``."""
    if seconds < _MINUTE_FROM_S:
        return f"{max(round(seconds), 1)} s"
    return duration(seconds)


def count(number: int, noun: str, plural: str = "") -> str:
    """Write *number* with *noun*, or its *plural*, which has an s more: ``1 tag``, ``2 tags``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
