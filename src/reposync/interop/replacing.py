"""Replacing: dregsy's ``to: regex:PATTERN,REPLACEMENT``, which turns one path into another.

Go's rules: each place that the pattern fits is replaced; ``$1`` and ``${name}`` stand for groups.
The path that dregsy hands over begins with a ``/``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.interop.expressions import anywhere, has_alternatives
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.regex import compile_expression
from reposync.selection.template import parse_template

if TYPE_CHECKING:
    from collections.abc import Mapping

REST = "rest"
"""The group that holds what a pattern leaves open."""

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)\}|(?P<bare>\w+))", re.ASCII)
_WHOLE = re.compile(r"\^?\(\.[*+]\)\$?")
_LITERAL = re.compile(r"(?:[a-z0-9_/-]|\\[._/-])*")
_TAIL = re.compile(r"(?:\((?P<group>\.[*+])\))?\$?")


class Mapped(Struct, frozen=True):
    """Which repositories are meant, and the template of the names that they get."""

    repository: str
    template: str
    exclude: tuple[str, ...] = ()


def replaced(pattern: str, replacement: str, path: str) -> str:
    """Replace in *path* as Go's ``ReplaceAllString`` does.

    Raises:
        InvalidSelectorError: *pattern* is no expression.
    """
    pieces, end = [], 0
    for (start, stop), groups in compile_expression(pattern).occurrences(path):
        filled = expanded(replacement, {"0": path[start:stop], **groups})
        pieces += [path[end:start], filled]
        end = stop
    return "".join([*pieces, path[end:]])


def expanded(replacement: str, groups: Mapping[str, str]) -> str:
    """Fill *replacement*; a group that there is not is empty."""

    def fill(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"]
        return groups.get(name, "") if name else "$"

    return _VARIABLE.sub(fill, replacement)


def mapped(source: str, pattern: str, replacement: str) -> Mapped | None:
    """Map all repositories that *source* fits, an expression as dregsy has it.

    None where no pattern and template of ours say the same.

    Raises:
        InvalidSelectorError: One of them is no expression.
    """
    compile_expression(pattern)
    whole = anywhere(source)
    if "{" in replacement.replace("${", "") or "}" in re.sub(r"\$\{\w+\}", "", replacement):
        return None
    if _WHOLE.fullmatch(pattern):
        template = expanded(replacement, {"0": "/{repository}", "1": "/{repository}"}).strip("/")
        found: Mapped | None = Mapped(f"regex: {whole}", template)
    else:
        found = None if has_alternatives(whole) else _by_literal(whole, pattern, replacement)
    return found if found is not None and _is_legal(found.template) else None


def _is_legal(template: str) -> bool:
    try:
        parse_template(template, (REST,))
    except InvalidSelectorError:
        return False
    return True


def _by_literal(whole: str, pattern: str, replacement: str) -> Mapped | None:
    """Map where both begin with plain text, so that the place to replace is known."""
    front, rest = _split(whole)
    is_at_start = pattern.startswith("^")
    sought, tail = _split(pattern.removeprefix("^"))
    shape = _TAIL.fullmatch(tail)
    path = f"/{front}"
    where = path.find(sought)
    if shape is None or not sought or where < 0 or (is_at_start and where):
        return None
    before, behind = path[:where], path[where + len(sought) :]
    takes_rest = shape["group"] is not None
    is_once = takes_rest or is_at_start
    if not _is_safe(rest, sought + behind, tail) or (not is_once and sought in behind):
        return None
    left = f"{behind}{{{REST}}}"
    held = {"0": sought + left, "1": left} if takes_rest else {"0": sought}
    template = before + expanded(replacement, held) + ("" if takes_rest else left)
    again = f"regex: {_plain(before + sought)}.*{_escaped(sought)}.*"
    repository = f"regex: {_plain(path)}(?P<{REST}>{rest})"
    return Mapped(repository, template.strip("/"), () if is_once else (again,))


def _is_safe(rest: str, known: str, tail: str) -> bool:
    """Return whether *rest* can be a group, and something is behind *known* where *tail* wants it.

    No name of a repository ends with a ``/``.
    """
    try:
        open_part = compile_expression(rest or ".*")
    except InvalidSelectorError:
        return False
    is_there = known.endswith("/") or ".+" not in tail or not open_part.matches("")
    return REST not in open_part.groups and tail != "$" and is_there


def _plain(path: str) -> str:
    return _escaped(path.removeprefix("/"))


def _escaped(text: str) -> str:
    return re.sub(r"([.\\+*?()|\[\]{}^$])", r"\\\1", text)


def _split(expression: str) -> tuple[str, str]:
    """Part *expression* into the plain text that it begins with, and the rest."""
    match = _LITERAL.match(expression)
    literal = match[0] if match else ""
    rest = expression[len(literal) :]
    if rest[:1] in {"*", "?", "+", "{"}:
        last = re.search(r"\\?.$", literal)
        cut = last.start() if last else 0
        literal, rest = literal[:cut], literal[cut:] + rest
    return literal.replace("\\", ""), rest
