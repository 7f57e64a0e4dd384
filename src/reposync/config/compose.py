"""Composition: from the parser's events to nodes, in bounded memory, time and depth.

Every event is counted before anything is made of it, an alias with all that it stands for; so a
small file that means a large one is refused long before it is one. Nothing here recurses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import yaml
from msgspec import Struct, field

from reposync.config.finding import shown
from reposync.config.nodes import Entry, List, Map, Node, Place, Scalar
from reposync.config.options import SELECTORS
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.config.finding import Path, Step

LIMIT_DEPTH = 64
LIMIT_NODES = 100_000
_MERGE = "<<"
_CORE = "tag:yaml.org,2002:"
_TYPED = frozenset(_CORE + kind for kind in ("bool", "float", "int", "null"))
_TEXT = frozenset({"!", _CORE + "str"})
_BLOCK_STYLES = frozenset({"|", ">"})


class UnquotedError(ConfigError):
    """A text begins with a sign that has a meaning in YAML; quotes would make a text of it."""


class _Part(NamedTuple):
    """A node, how many nodes it means when aliases are followed, and how deep it is."""

    node: Node
    size: int = 1
    height: int = 1


class _OpenList(Struct):
    place: Place
    anchor: str | None
    size: int = 1
    height: int = 1
    items: list[Node] = field(default_factory=list)

    @property
    def step(self) -> Step:
        return len(self.items)

    def close(self) -> Node:
        return List(self.place, tuple(self.items))


class _OpenMap(Struct):
    place: Place
    anchor: str | None
    size: int = 1
    height: int = 1
    key: Node | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    merged: list[Map] = field(default_factory=list)

    @property
    def step(self) -> Step | None:
        return self.key.text if isinstance(self.key, Scalar) else None

    def close(self) -> Node:
        for other in self.merged:
            for key, entry in other.entries.items():
                self.entries.setdefault(key, entry)
        return Map(self.place, self.entries)


class Composer:
    """Takes the events of one file, one by one; then ``root`` and ``problems`` are its result.

    ``root`` stays None for a file without content.
    """

    def __init__(self, name: str) -> None:
        self.root: Node | None = None
        self.problems: list[Diagnostic] = []
        self._name = name
        self._has_document = False
        self._open: list[_OpenList | _OpenMap] = []
        self._anchors: dict[str, _Part] = {}
        self._count = 0
        self._has_alias = False

    def take(self, event: yaml.Event) -> None:
        """Take the next event.

        Raises:
            ConfigError: The file goes beyond a limit, or uses YAML that has no place here.
        """
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        match event:
            case yaml.DocumentStartEvent():
                self._begin_document(place)
            case yaml.AliasEvent():
                self._attach(self._aliased(str(event.anchor), place), place)
            case yaml.ScalarEvent():
                part = _Part(self._scalar(event, place))
                self._name_part(event.anchor, part)
                self._attach(part, place)
            case yaml.CollectionStartEvent():
                self._begin_collection(event, place)
            case yaml.CollectionEndEvent():
                self._end_collection()

    def _begin_document(self, place: Place) -> None:
        if self._has_document:
            raise self._refusal(
                place, "a second document begins here", "keep one, and remove the `---` between"
            )
        self._has_document = True

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        is_inversion = event.tag == "!" and self._key() in SELECTORS
        if is_inversion or (event.tag is not None and event.tag not in _TYPED | _TEXT):
            raise self._foreign_tag(str(event.tag), place)
        if not event.value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in event.value):
            raise self._refusal(
                place, "this text holds half a character", "write the character itself"
            )
        if event.style in _BLOCK_STYLES and not event.value:
            raise self._unquoted(
                place,
                f"{quoted(event.style)} begins a text in the lines below, and there is none",
                f"put a text that begins with {quoted(event.style)} in quotes",
            )
        is_plain = event.tag in _TYPED or (event.tag is None and event.implicit[0])
        return Scalar(place, event.value, plain=is_plain)

    def _begin_collection(self, event: yaml.CollectionStartEvent, place: Place) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in {None, "!", _CORE + ("map" if is_map else "seq")}:
            raise self._foreign_tag(str(event.tag), place)
        self._measure(1, 1, place)
        self._open.append((_OpenMap if is_map else _OpenList)(place, event.anchor))

    def _end_collection(self) -> None:
        done = self._open.pop()
        part = _Part(done.close(), done.size, done.height)
        self._name_part(done.anchor, part)
        self._put(part)

    def _name_part(self, anchor: str | None, part: _Part) -> None:
        if anchor is not None:
            self._anchors[anchor] = part

    def _aliased(self, anchor: str, place: Place) -> _Part:
        if anchor in self._anchors:
            self._has_alias = True
            return self._anchors[anchor]
        if any(each.anchor == anchor for each in self._open):
            raise self._refusal(
                place, f"the alias {quoted('*' + anchor)} is inside its own anchor", "remove it"
            )
        raise self._unquoted(
            place,
            f"nothing above has the anchor {quoted('&' + anchor)}",
            f"put {quoted('*' + anchor)} in quotes if it is a text",
        )

    def _attach(self, part: _Part, place: Place) -> None:
        self._measure(part.size, part.height, place)
        self._put(part)

    def _measure(self, size: int, height: int, place: Place) -> None:
        self._count += size
        if self._count > LIMIT_NODES:
            raise self._too_many(place)
        if len(self._open) + height > LIMIT_DEPTH:
            raise self._excess(
                place,
                f"lists and maps are nested more than {LIMIT_DEPTH} deep",
                "nest them less deep",
            )

    def _put(self, part: _Part) -> None:
        if not self._open:
            self.root = part.node
            return
        parent = self._open[-1]
        parent.size += part.size
        parent.height = max(parent.height, part.height + 1)
        if isinstance(parent, _OpenList):
            parent.items.append(part.node)
        elif parent.key is None:
            parent.key = part.node
        else:
            self._put_entry(parent, parent.key, part.node)
            parent.key = None

    def _put_entry(self, parent: _OpenMap, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            self._tell(
                key.place, "a key must be a text", "put a text that begins with { or [ in quotes"
            )
        elif key.plain and key.text == _MERGE:
            self._merge(parent, value)
        else:
            if (first := parent.entries.get(key.text)) is not None:
                self._tell(
                    key.place, f"duplicate key, first defined in line {first.key.line}", "keep one"
                )
            parent.entries[key.text] = Entry(key.place, value)

    def _merge(self, parent: _OpenMap, value: Node) -> None:
        maps = value.items if isinstance(value, List) else (value,)
        legal = [each for each in maps if isinstance(each, Map)]
        if len(legal) < len(maps):
            self._tell(
                value.place, "`<<` takes a map or a list of maps", "write an alias such as `*name`"
            )
        # The earlier of a list wins over the later; PyYAML lets a second `<<` win over the first.
        parent.merged[:0] = legal

    def _tell(self, place: Place, message: str, hint: str) -> None:
        self.problems.append(Diagnostic(self._name, *place, shown(self._path()), message, hint))

    def _path(self) -> Path:
        steps = (each.step for each in self._open)
        return tuple(step for step in steps if step is not None)

    def _foreign_tag(self, tag: str, place: Place) -> ConfigError:
        written = tag.replace(_CORE, "!!", 1) if tag.startswith(_CORE) else tag
        return self._unquoted(
            place,
            f"the YAML tag {quoted(written)} has no meaning here",
            "remove it, or put a text that begins with `!` in quotes",
        )

    def _key(self) -> Step | None:
        """Return the key or index that waits for its value."""
        return self._open[-1].step if self._open else None

    def _refusal(self, place: Place, message: str, hint: str) -> ConfigError:
        return ConfigError((Diagnostic(self._name, *place, shown(self._path()), message, hint),))

    def _unquoted(self, place: Place, message: str, hint: str) -> UnquotedError:
        return UnquotedError(self._refusal(place, message, hint).problems)

    def _too_many(self, place: Place) -> ConfigError:
        if self._has_alias:
            return self._excess(
                place,
                f"the file means more than {LIMIT_NODES:,} values when its aliases are followed",
                "use fewer aliases, or several files",
            )
        return self._excess(
            place,
            f"the file holds more than {LIMIT_NODES:,} values",
            "use several files, or patterns in the place of lists",
        )

    def _excess(self, place: Place, message: str, hint: str) -> ConfigError:
        return ConfigError((Diagnostic(self._name, *place, "", message, hint),))
