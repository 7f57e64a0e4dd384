"""At: a value in another tool's file, and the keys that lead to it.

These tools read numbers and words into texts, so a scalar is taken as written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.config.nodes import List, Map, Node, Scalar
from reposync.interop.refusals import RefusalError, refusal

if TYPE_CHECKING:
    from reposync.config.finding import Path

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})


class NodeCursor(Struct, frozen=True):
    """A value and its ``path``; ``node`` is None where there is none."""

    node: Node | None
    path: Path = ()

    def __bool__(self) -> bool:
        """Whether there is a value; an unquoted ``null`` is none."""
        is_null = isinstance(self.node, Scalar) and self.node.plain and self.node.text in _NULL
        return self.node is not None and not is_null

    def get(self, key: str) -> NodeCursor:
        """Return the value under *key*."""
        entry = self._map().entries.get(key) if self else None
        return NodeCursor(entry.value if entry else None, (*self.path, key))

    def entries(self) -> list[tuple[str, NodeCursor]]:
        """Return the keys of a map and their values; none where there is no value."""
        known = self._map().entries if self else {}
        return [(key, NodeCursor(entry.value, (*self.path, key))) for key, entry in known.items()]

    def items(self) -> list[NodeCursor]:
        """Return the entries of a list; none where there is no value."""
        if not self:
            return []
        if not isinstance(self.node, List):
            raise self._wrong("a list")
        return [NodeCursor(item, (*self.path, index)) for index, item in enumerate(self.node.items)]

    def text(self) -> str:
        """Return the text of a scalar; "" where there is no value."""
        if not self:
            return ""
        if not isinstance(self.node, Scalar):
            raise self._wrong("a text")
        return self.node.text

    def flag(self) -> bool | None:
        """Return a boolean; None where there is no value."""
        text = self.text()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if text:
            raise self._wrong("true or false")
        return None

    @property
    def is_map(self) -> bool:
        """Whether the value is a map."""
        return isinstance(self.node, Map)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list."""
        return isinstance(self.node, List)

    def _map(self) -> Map:
        if not isinstance(self.node, Map):
            raise self._wrong("a map")
        return self.node

    def _wrong(self, wanted: str) -> RefusalError:
        return refusal(self.path, f"must be {wanted}")
