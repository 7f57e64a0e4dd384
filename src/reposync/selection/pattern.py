"""Patterns of tags: a glob, or ``regex: RE``, or ``regex: !RE`` for all that does not match.

Always compared with the whole tag: ``regex: a|b`` is ``a`` or ``b``, and nothing that contains one.
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
    """A pattern of tags as it was written, and what it means."""

    text: str
    expression: Expression
    inverted: bool = False

    def matches(self, tag: str) -> bool:
        """Return whether *tag* is one of those that are meant."""
        return self.expression.matches(tag) is not self.inverted


def parse_tag_pattern(text: str) -> Pattern:
    """Read a glob or ``regex: RE``, as ``immutable`` has them.

    Raises:
        InvalidSelectorError: It is neither.
    """
    text = text.strip()
    if text.startswith(REGEX):
        return regex_pattern(text.removeprefix(REGEX))
    return glob_pattern(text)


def regex_pattern(text: str) -> Pattern:
    """Read a regular expression, with ``!`` before it for all that does not match.

    Raises:
        InvalidSelectorError: It is none.
    """
    text = text.strip()
    expression = compile_expression(text.removeprefix("!").strip())
    return Pattern(text, expression, inverted=text.startswith("!"))


def glob_pattern(text: str) -> Pattern:
    """Read a glob.

    Raises:
        InvalidSelectorError: It is none.
    """
    text = text.strip()
    return Pattern(text, compile_glob(text, TAG))
