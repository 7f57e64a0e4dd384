"""Pre-releases as expressions: those at, before or behind one, in the order of semver 2.0.0."""

from __future__ import annotations

import re
from itertools import pairwise

from reposync.interop.versions.numbers import either, from_on, spans

_NUMBER = "(?:0|[1-9][0-9]*)"
_SIGNS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in their order
_SIGN = "[0-9A-Za-z-]"
_WORD = f"[0-9]*[A-Za-z-]{_SIGN}*"
_PART = f"(?:0|[1-9][0-9]*|{_WORD})"
_KNOWN = re.compile(r"0|[1-9][0-9]*|[A-Za-z][0-9A-Za-z-]*")

ANY = f"{_PART}(?:\\.{_PART})*"


def is_comparable(pre: tuple[str, ...]) -> bool:
    """Return whether others can be compared with *pre*: its words begin with a letter."""
    return all(map(_KNOWN.fullmatch, pre))


def same(pre: tuple[str, ...]) -> str:
    """Write *pre* itself."""
    return "\\.".join(pre)


def behind(pre: tuple[str, ...], *, inclusive: bool) -> str:
    """Write those that come behind *pre*."""
    later = [_at(pre, index, _greater(part)) for index, part in enumerate(pre)]
    longer = f"{same(pre)}(?:\\.{_PART}){'*' if inclusive else '+'}"
    return either([*later, longer]) or ""


def before(pre: tuple[str, ...], *, inclusive: bool) -> str | None:
    """Write those that come before *pre*; None where there are none."""
    earlier = [
        _at(pre, index, less) for index, part in enumerate(pre) if (less := _less(part)) is not None
    ]
    shorter = [same(pre[:length]) for length in range(1, len(pre))]
    return either([*earlier, *shorter, same(pre) if inclusive else None])


def _at(pre: tuple[str, ...], index: int, part: str) -> str:
    front = "".join(f"{each}\\." for each in pre[:index])
    return f"{front}{part}(?:\\.{_PART})*"


def _greater(part: str) -> str:
    if part.isdigit():
        return either([*from_on(int(part) + 1), _WORD]) or ""
    later = [
        f"{part[:at]}{_class(_SIGNS.index(sign) + 1, len(_SIGNS))}{_SIGN}*"
        for at, sign in enumerate(part)
        if sign != _SIGNS[-1]
    ]
    return either([*later, f"{part}{_SIGN}+"]) or ""


def _less(part: str) -> str | None:
    if part.isdigit():
        return either(spans(0, int(part) - 1)) if int(part) else None
    letter = _SIGNS.index("A")
    earlier = [_NUMBER, f"[0-9]+[A-Za-z-]{_SIGN}*", f"-{_SIGN}*"]
    if _SIGNS.index(part[0]) > letter:
        earlier.append(f"{_class(letter, _SIGNS.index(part[0]))}{_SIGN}*")
    earlier += [
        f"{part[:at]}{_class(0, _SIGNS.index(sign))}{_SIGN}*"
        for at, sign in enumerate(part)
        if at and sign != _SIGNS[0]
    ]
    shorter = [part[:length] for length in range(1, len(part))]
    return either([*earlier, *shorter])


def _class(start: int, end: int) -> str:
    """Write "one of these signs", with a range for those that follow one another."""
    signs = _SIGNS[start:end]
    dash = "-" if signs.startswith("-") else ""
    rest = signs.removeprefix("-")
    starts = [rest[:1], *(new for old, new in pairwise(rest) if ord(new) != ord(old) + 1)]
    ranges = []
    for begin in filter(None, starts):
        run = begin
        while (following := chr(ord(run[-1]) + 1)) in rest:
            run += following
        ranges.append(run if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return f"[{''.join(ranges)}{dash}]"
