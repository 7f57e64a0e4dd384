"""Trees: maps, lists and texts with comments, and how they are written as YAML.

Only what other parsers read alike is written: texts that look like anything else are in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@+ -]|:(?=[^\s]))*(?<! )")
# What YAML 1.1 or 1.2 takes for a number, a time, a truth or nothing.
_TYPED = re.compile(
    r"[-+.]?[0-9][0-9_]*(?:[.:][0-9_:.]*)?(?:[eE][-+]?[0-9]+)?|0[xo][0-9a-fA-F]+|\.inf|\.nan"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|true|false|yes|no|on|off|y|n|null|~|",
    re.IGNORECASE,
)
Tree: TypeAlias = "str | float | Sequence[Tree] | Mapping[str, Tree] | Noted"
"""Texts, truths and numbers, lists and maps."""


class Noted(Struct, frozen=True):
    """A value with lines of comment above it, or ``beside`` it."""

    value: Tree
    notes: tuple[str, ...] = ()
    beside: str = ""


def render(tree: Mapping[str, Tree], header: Sequence[str] = ()) -> str:
    """Write a whole file; an entry of the outermost map is below an empty line."""
    blocks = ["".join(f"{line}\n" for line in _comments(header, 0))] if header else []
    for key, value in tree.items():
        blocks.append("".join(f"{line}\n" for line in _entry(key, value, 0)))
    return "\n".join(blocks)


def scalar(text: str) -> str:
    """Write a text so that every parser reads it as that text."""
    if _PLAIN.fullmatch(text) and not _TYPED.fullmatch(text):
        return text
    if not text.isprintable():
        return json.dumps(text)
    if "\\" in text or '"' in text:
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    return f'"{text}"'


def _entry(key: str, value: Tree, depth: int) -> Iterator[str]:
    inner, notes, beside = _opened(value)
    indent = "  " * depth
    yield from _comments(notes, depth)
    start = f"{indent}{scalar(key)}:"
    flat = _flat(inner, is_outermost=depth == 0)
    if flat is not None and len(start) + len(flat) < _WIDTH:
        yield f"{start} {flat}{_beside(beside)}"
        return
    yield f"{start}{_beside(beside)}"
    yield from _lines(inner, depth + 1)


def _lines(value: Tree, depth: int) -> Iterator[str]:
    match value:
        case str() | int() | float():
            yield f"{'  ' * depth}{_flat(value)}"
        case Mapping():
            for key, item in value.items():
                yield from _entry(key, item, depth)
        case Sequence():
            for item in value:
                yield from _item(item, depth)


def _item(item: Tree, depth: int) -> Iterator[str]:
    inner, notes, beside = _opened(item)
    indent = "  " * depth
    yield from _comments(notes, depth)
    flat = _flat(inner)
    if flat is not None and (not isinstance(inner, Mapping) or len(indent) + len(flat) < _WIDTH):
        yield f"{indent}- {flat}{_beside(beside)}"
        return
    lines = list(_lines(inner, depth + 1))
    first = next(at for at, line in enumerate(lines) if not line.lstrip().startswith("#"))
    yield from (line[2:] for line in lines[:first])
    yield f"{indent}- {lines[first].lstrip()}"
    yield from lines[first + 1 :]


def _flat(value: Tree, *, is_outermost: bool = False) -> str | None:
    """Write *value* on one line; None where it has comments, or is a map at the outermost level."""
    match value:
        case str() | int() | float():
            return _flat_scalar(value)
        case Mapping():
            return None if is_outermost and value else _flat_map(value)
        case Sequence():
            items = [_flat(item) for item in value if not isinstance(item, Mapping)]
            if None in items or len(items) < len(value):
                return None
            return f"[{', '.join(item for item in items if item is not None)}]"
    return None


def _flat_scalar(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return scalar(value) if isinstance(value, str) else str(value)


def _flat_map(value: Mapping[str, Tree]) -> str | None:
    items = {key: _flat(item) for key, item in value.items() if not isinstance(item, Mapping)}
    if None in items.values() or len(items) < len(value):
        return None
    written = (f"{scalar(key)}: {item}" for key, item in items.items())
    return f"{{{', '.join(written)}}}"


def _opened(value: Tree) -> tuple[Tree, tuple[str, ...], str]:
    if isinstance(value, Noted):
        return value.value, value.notes, value.beside
    return value, (), ""


def _comments(notes: Sequence[str], depth: int) -> Iterator[str]:
    for note in notes:
        yield f"{'  ' * depth}# {_one_line(note)}".rstrip()


def _beside(note: str) -> str:
    return f"  # {_one_line(note)}" if note else ""


def _one_line(note: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in note)
