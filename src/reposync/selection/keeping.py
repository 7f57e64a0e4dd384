"""Keeping: parses ``keep`` lines: a regular expression, ``latest N`` or ``newer AGE``."""

from __future__ import annotations

import re

from reposync.selection.errors import InvalidSelectorError
from reposync.selection.pattern import regex_pattern
from reposync.selection.selectors import Keep, KeepLatest, KeepNewer, Narrowing
from reposync.words import quoted

# Days of 24 hours, years of 365 days.
_UNIT_S = {"h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_AGE = r"(?P<number>[0-9]{1,6})(?P<unit>[hdwy])"
_COUNT = r"[1-9][0-9]{0,8}"
_PER_VARIANT = ["per", "variant"]
# No tag contains a space, so an expression of this form could never match.
_ORDER = r"(?s)(?P<word>latest|newer|newest|last|older|oldest|first)\b(?P<rest>\s.*)?"
_SHAPES = "write `latest 5`, `latest 5 per variant`, `newer 90d`, or a regular expression"


def parse_keep(text: str, rest: str) -> Narrowing:
    """Parse *rest*, the part after ``keep:`` of the line *text*.

    Raises:
        InvalidSelectorError: It is none of the three.
    """
    order = re.fullmatch(_ORDER, rest)
    if order is None:
        return Keep(text, regex_pattern(rest))
    words = (order["rest"] or "").split()
    if order["word"] == "latest":
        return _latest(text, words)
    if order["word"] == "newer":
        return _newer(text, words)
    raise InvalidSelectorError(f"{quoted(text)} is not a way to keep tags", hint=_SHAPES)


def _latest(text: str, words: list[str]) -> KeepLatest:
    if not words:
        raise InvalidSelectorError(
            f"{quoted(text)} does not say how many",
            hint="write `keep: latest 5`; for the tag of that name write `latest` without `keep:`",
        )
    if not re.fullmatch(_COUNT, words[0]):
        raise InvalidSelectorError(
            f"{quoted(words[0])} is not a number of tags to keep",
            hint="write a whole number of at least 1: `keep: latest 5`",
        )
    if words[1:] not in ([], _PER_VARIANT):
        raise InvalidSelectorError(
            f"{quoted(' '.join(words[1:]))} has no meaning after a number of tags",
            hint="write `keep: latest 5` or `keep: latest 5 per variant`",
        )
    return KeepLatest(text, int(words[0]), per_variant=bool(words[1:]))


def _newer(text: str, words: list[str]) -> KeepNewer:
    age = re.fullmatch(_AGE, words[0]) if len(words) == 1 else None
    if age is None or not int(age["number"]):
        hint = "write a number and h, d, w or y for hours, days, weeks or years: `keep: newer 90d`"
        if len(words) == 1 and re.fullmatch(r"[0-9]+m", words[0]):
            hint = "m could be minutes or months: write hours or days, as in `keep: newer 90d`"
        raise InvalidSelectorError(f"{quoted(text)} does not say how old", hint=hint)
    return KeepNewer(text, int(age["number"]) * _UNIT_S[age["unit"]])
