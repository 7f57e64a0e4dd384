"""Numbers as expressions: decimals from one to another, and rows of them with dots between.

A row is ``1.2.3``; what is not written counts as 0, so ``1.2`` and ``1.2.0`` are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.version import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = "[0-9]+"
_ZERO = "0+"
_FRONT = "0*"  # zeros in front do not count: 22.04


class Length(Struct, frozen=True):
    """How many numbers a row may still have; ``most`` is None for any number of them."""

    least: int
    most: int | None

    @property
    def rest(self) -> Length:
        """What is left behind one more number."""
        return Length(max(self.least - 1, 0), None if self.most is None else self.most - 1)


class Bound(Struct, frozen=True):
    """A row that others are compared with; ``inclusive`` where the row itself counts."""

    numbers: tuple[int, ...]
    inclusive: bool

    @property
    def rest(self) -> Bound:
        """What the numbers behind the first one are compared with."""
        return Bound(self.numbers[1:], self.inclusive)

    @property
    def first(self) -> int:
        """The number at the front."""
        return self.numbers[0] if self.numbers else 0


def rows(lower: Bound | None, upper: Bound | None, length: Length) -> str | None:
    """Write the rows between two bounds as an expression; None where there are none."""
    return _rows(_trimmed(lower), _trimmed(upper), length, "")


def either(expressions: Iterable[str | None]) -> str | None:
    """Write "one of these"; None for none of them, and a None among them does not count."""
    known = dict.fromkeys(each for each in expressions if each is not None)
    filled = [each for each in known if each]
    if not filled:
        return "" if known else None
    if len(known) == 1:
        return filled[0]
    return f"(?:{'|'.join(filled)}){'?' if '' in known else ''}"


def spans(low: int, high: int) -> list[str]:
    """Write the decimals of *low* to *high*, without zeros in front."""
    found, start = [], low
    while start <= high:
        end = min(high, 10 ** len(str(start)) - 1)
        found += _span(str(start), str(end))
        start = end + 1
    return found


def from_on(low: int) -> list[str]:
    """Write the decimals of *low* and above, without zeros in front."""
    digits = len(str(low))
    if low == 10 ** (digits - 1):
        return [f"[1-9]{_repeats('[0-9]', digits - 1)}"]
    return [*spans(low, 10**digits - 1), f"[1-9]{_repeats('[0-9]', digits)}"]


def _rows(lower: Bound | None, upper: Bound | None, length: Length, dot: str) -> str | None:
    if lower == Bound((), inclusive=True):
        lower = None
    if upper is None:
        return _any(length, dot) if lower is None else _above(lower, length, dot)
    if lower is None:
        return _below(upper, length, dot)
    if not upper.numbers or length.most == 0:  # what is left is 0, and has to be above a bound
        return None
    if lower.first == upper.first:
        return _with(_equal(lower.first), _rows(lower.rest, upper.rest, length.rest, "\\."), dot)
    low = _with(_equal(lower.first), _above(lower.rest, length.rest, "\\."), dot)
    high = _with(_equal(upper.first), _below(upper.rest, length.rest, "\\."), dot)
    between = spans(lower.first + 1, upper.first - 1)
    middle = _with(_decimal(between), _any(length.rest, "\\."), dot) if between else None
    return either([low, middle, high])


def _above(lower: Bound, length: Length, dot: str) -> str | None:
    if lower == Bound((), inclusive=True):
        return _any(length, dot)
    if length.most == 0:
        return None
    if not lower.numbers and length.most is None:
        zeros = f"{_ZERO}(?:\\.{_ZERO})*\\." if not dot else f"(?:{dot}{_ZERO})*{dot}"
        positive = f"{_decimal(from_on(1))}(?:\\.{ANY})*"
        return either([f"{dot}{positive}" if not dot else None, f"{zeros}{positive}"])
    same = _with(_equal(lower.first), _above(lower.rest, length.rest, "\\."), dot)
    more = _with(_decimal(from_on(lower.first + 1)), _any(length.rest, "\\."), dot)
    return either([same, more])


def _below(upper: Bound, length: Length, dot: str) -> str | None:
    if not upper.numbers:
        return _zeros(length, dot) if upper.inclusive else None
    missing = "" if length.least == 0 else None
    if length.most == 0:
        return missing
    first = upper.first
    less = _with(_decimal(spans(0, first - 1)), _any(length.rest, "\\."), dot) if first else None
    same = _with(_equal(first), _below(upper.rest, length.rest, "\\."), dot)
    return either([missing, less, same])


def _any(length: Length, dot: str) -> str:
    return _repeated(ANY, length, dot)


def _zeros(length: Length, dot: str) -> str:
    return _repeated(_ZERO, length, dot)


def _repeated(number: str, length: Length, dot: str) -> str:
    if length.most == 0:
        return ""
    if not dot:
        return number + _repeated(number, length.rest, "\\.")
    least, most = length.least, length.most
    if least == most == 1:
        return f"{dot}{number}"
    known = {(0, None): "*", (0, 1): "?", (least, least): f"{{{least}}}"}
    times = known.get((least, most), f"{{{least},{'' if most is None else most}}}")
    return f"(?:{dot}{number}){times}"


def _with(number: str, tail: str | None, dot: str) -> str | None:
    return None if tail is None else f"{dot}{number}{tail}"


def _equal(number: int) -> str:
    return f"{_FRONT}{number}" if number else _ZERO


def _decimal(alternatives: list[str]) -> str:
    return f"{_FRONT}{either(alternatives)}"


def _span(low: str, high: str) -> list[str]:
    """Write the decimals between two of the same length."""
    if low == high:
        return [low]
    rest = len(low) - 1
    if low[0] == high[0] and rest:
        return [low[0] + each for each in _span(low[1:], high[1:])]
    begins, ends = set(low[1:]) <= {"0"}, set(high[1:]) <= {"9"}
    first, last = int(low[0]) + (not begins), int(high[0]) - (not ends)
    found = [] if begins else [low[0] + each for each in _span(low[1:], "9" * rest)]
    if first <= last:
        found.append(_digits(str(first), str(last)) + _free(rest))
    return found + ([] if ends else [high[0] + each for each in _span("0" * rest, high[1:])])


def _digits(low: str, high: str) -> str:
    return low if low == high else f"[{low}-{high}]"


def _repeats(sign: str, least: int) -> str:
    return sign + {0: "*", 1: "+"}.get(least, f"{{{least},}}")


def _free(count: int) -> str:
    return "" if not count else "[0-9]" if count == 1 else f"[0-9]{{{count}}}"


def _trimmed(bound: Bound | None) -> Bound | None:
    return None if bound is None else Bound(trimmed(bound.numbers), bound.inclusive)
