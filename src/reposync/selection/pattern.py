"""Patterns of tags: a glob, or ``regex: RE``, or ``regex: !RE`` for all tags that do not match.

They must match the whole tag: ``regex: a|b`` matches only ``a`` and ``b``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.glob import TAG, compile_glob
from reposync.selection.regex import compile_expression

if TYPE_CHECKING:
    from reposync.selection.regex import Expression

REGEX = "regex:"


class Pattern(Struct, frozen=True):
    """A pattern of tags: its text in the file, and its compiled form."""

    text: str
    expression: Expression
    inverted: bool = False

    def matches(self, tag: str) -> bool:
        """Return whether the pattern matches *tag*."""
        return self.expression.matches(tag) is not self.inverted


def parse_tag_pattern(text: str) -> Pattern:
    """Parse a glob or ``regex: RE``, as in ``immutable``.

    Raises:
        InvalidSelectorError: It is neither.
    """
    text = text.strip()
    if text.startswith(REGEX):
        return regex_pattern(text.removeprefix(REGEX))
    return glob_pattern(text)


def regex_pattern(text: str) -> Pattern:
    """Parse a regular expression, which a leading ``!`` inverts.

    Raises:
        InvalidSelectorError: It is not a valid expression.
    """
    text = text.strip()
    expression = compile_expression(text.removeprefix("!").strip())
    return Pattern(text, expression, inverted=text.startswith("!"))


def glob_pattern(text: str) -> Pattern:
    """Parse a glob.

    Raises:
        InvalidSelectorError: It is not a valid glob.
    """
    text = text.strip()
    return Pattern(text, compile_glob(text, TAG))
