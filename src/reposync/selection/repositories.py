"""Patterns of repositories: a glob over the parts of a name, or ``regex: RE``.

``*`` matches within one part, ``**`` any number of parts: ``team/**`` matches all repositories
below ``team``, but not ``team`` itself; ``**/nginx`` matches every ``nginx``, also at the top.
Patterns must match the whole name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.errors import InvalidSelectorError
from reposync.selection.glob import REPOSITORY, SPECIAL, compile_glob
from reposync.selection.pattern import REGEX
from reposync.selection.regex import compile_expression
from reposync.selection.template import BUILT_IN
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.selection.regex import Expression

_LITERAL = r"(?s)\^?((?:[a-z0-9_/-]|\\[._/-])*)(.?)"


class RepositoryPattern(Struct, frozen=True):
    """A pattern of repositories; ``prefix`` is the common prefix of all matches, or ""."""

    text: str
    expression: Expression
    prefix: str

    @property
    def groups(self) -> tuple[str, ...]:
        """The named groups of a regular expression, which a template may use."""
        return self.expression.groups

    def match(self, name: str) -> dict[str, str] | None:
        """Return the named groups in *name*; None if the pattern does not match it."""
        return self.expression.match(name)


def is_pattern(text: str) -> bool:
    """Return whether *text* is a pattern, not the name of one repository."""
    return text.strip().startswith(REGEX) or any(char in text for char in SPECIAL)


def parse_repository_pattern(text: str) -> RepositoryPattern:
    """Parse a pattern; the name of one repository is a pattern as well.

    Raises:
        InvalidSelectorError: It is neither a glob nor ``regex: RE``.
    """
    text = text.strip()
    if text.startswith(REGEX):
        return _regex(text)
    if text.startswith("/") or text.endswith("/") or "//" in text:
        raise InvalidSelectorError(
            f"{quoted(text)} has an empty part before or after a `/`",
            hint="write `team/**` for all repositories below `team`, `team/*` for one level",
        )
    prefix = text[: _first_special(text)]
    return RepositoryPattern(text, compile_glob(text, REPOSITORY), prefix)


def _regex(text: str) -> RepositoryPattern:
    written = text.removeprefix(REGEX).strip()
    if written.startswith("!"):
        raise InvalidSelectorError(
            f"{quoted(text)} would match every repository except some",
            hint="write a pattern for all, and the exceptions in `exclude`",
        )
    expression = compile_expression(written)
    for group in expression.groups:
        if group in BUILT_IN:
            raise InvalidSelectorError(
                f"the group {quoted(group)} has the name of a built-in placeholder",
                hint="give the group another name",
            )
    return RepositoryPattern(text, expression, _literal_prefix(written))


def _first_special(text: str) -> int:
    return next((at for at, char in enumerate(text) if char in SPECIAL), len(text))


def _literal_prefix(expression: str) -> str:
    found = re.match(_LITERAL, expression)
    if found is None or "|" in expression:
        return ""
    literal, following = found.groups()
    if following in {"*", "?", "{"}:
        literal = literal[:-1].removesuffix("\\")
    return literal.replace("\\", "")
