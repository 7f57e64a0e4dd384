"""Nodes: what is in the file, each with its place.

Texts have no type yet; anchors and merge keys are already followed, so one node may be at
several paths and its place is where it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.finding import Path


class Place(NamedTuple):
    """Line and column, from 1."""

    line: int
    column: int


class Scalar(Struct, frozen=True):
    """A text; ``plain`` when it has no quotes, so that YAML may infer a type."""

    place: Place
    text: str
    plain: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there at all."""
        return self.plain and not self.text


class List(Struct, frozen=True):
    """Entries in the order of the file."""

    place: Place
    items: tuple[Node, ...]


class Entry(Struct, frozen=True):
    """A value under a key, and where the key is."""

    key: Place
    value: Node


class Map(Struct, frozen=True):
    """Entries by key, in the order of the file; what was merged in comes last."""

    place: Place
    entries: Mapping[str, Entry]


Node = Scalar | List | Map


def place_of(root: Node, path: Path, *, at_key: bool = False) -> Place:
    """Find where *path* leads; where it leads to nothing, the place of what it should be in."""
    node, place = root, root.place
    for step in path:
        key, value = _step(node, step)
        if value is None:
            return node.place
        node, place = value, key if at_key else value.place
    return place


def node_at(root: Node, path: Path) -> Node | None:
    """Find the node to which *path* leads; None where it leads to nothing."""
    node: Node | None = root
    for step in path:
        if node is None:
            return None
        _, node = _step(node, step)
    return node


def _step(node: Node, step: str | int) -> tuple[Place, Node | None]:
    match node:
        case Map(entries=entries) if isinstance(step, str) and step in entries:
            return entries[step].key, entries[step].value
        case List(items=items) if isinstance(step, int) and step < len(items):
            return items[step].place, items[step]
    return node.place, None
