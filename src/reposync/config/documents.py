"""Documents: the files of one configuration, which mean what one file with all of it would mean.

Registries and stages are put together; every other key is in one file at most. What is wrong is
reported with the name of its file, and with the place and the numbers that it has there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.config.finding import shown
from reposync.config.nodes import Entry, List, Map, place_of
from reposync.config.schema import schema
from reposync.config.values import read_values
from reposync.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reposync.config.document import Document
    from reposync.config.finding import Finding, Path
    from reposync.config.nodes import Node

_SHARED: Mapping[str, type[Node]] = {"registries": Map, "stages": List}
"""The keys that several files can have, and what must be behind them."""
_Home = tuple[int, "Path"]


class Documents(Struct, frozen=True):
    """Files, the ``root`` of what they hold together, and what is wrong with them as YAML.

    ``homes`` says of which file, and where in it, the parts of ``root`` are; the first file is that
    of all others.
    """

    files: tuple[Document, ...]
    root: Node
    problems: tuple[Diagnostic, ...]
    homes: Mapping[Path, _Home]

    @property
    def name(self) -> str:
        """The names of all files."""
        return ", ".join(file.name for file in self.files)

    def where(self, path: Path) -> str:
        """Return file, line and column of what is at *path*, counted from 1."""
        number, local = self._home(path)
        return self.files[number].where(local)

    def problem(self, finding: Finding) -> Diagnostic:
        """Return *finding* its file and its place."""
        number, path = self._home(finding.path)
        message, earlier = finding.message, None
        if finding.earlier is not None:
            other, earlier = self._home(finding.earlier)
            if other != number:
                line = place_of(self.files[other].root, earlier).line
                message, earlier = f"{message} in {self.files[other].name}:{line}", None
        return self.files[number].problem(
            replace(finding, path=path, message=message, earlier=earlier)
        )

    def in_order(self, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Sort *problems*, each once, by file in the order of these, then by place."""
        rank = {file.name: number for number, file in enumerate(self.files)}
        return tuple(sorted(set(problems), key=lambda each: (rank[each.path], each)))

    def _home(self, path: Path) -> _Home:
        for length in (2, 1):
            if home := self.homes.get(path[:length]):
                return home[0], (*home[1], *path[length:])
        return 0, path


def run_all(files: Sequence[Document]) -> Documents:
    """Put *files*, of which there is one at least, together."""
    if len(files) == 1:
        return Documents(tuple(files), files[0].root, files[0].problems, {})
    merging = _Merging(files)
    for number in range(len(files)):
        merging.add(number)
    return merging.done()


class _Merging:
    """Takes one file after the other."""

    def __init__(self, files: Sequence[Document]) -> None:
        self._files = files
        self._entries: dict[str, Entry] = {}
        self._homes: dict[Path, _Home] = {}
        self._problems = [problem for file in files for problem in file.problems]
        self._misfits: list[tuple[int, Path]] = []

    def add(self, number: int) -> None:
        root = self._files[number].root
        if not isinstance(root, Map):
            self._misfits.append((number, ()))
            return
        for key, entry in root.entries.items():
            kind = _SHARED.get(key)
            if kind is not None and not isinstance(entry.value, kind):
                self._misfits.append((number, (key,)))
            elif key not in self._entries:
                self._take(number, key, entry)
            elif isinstance(entry.value, Map) and kind is Map:
                self._add_registries(number, key, entry.value)
            elif isinstance(entry.value, List) and kind is List:
                self._add_stages(number, key, entry.value)
            else:
                self._collide(number, (key,), entry)

    def done(self) -> Documents:
        """Return what was taken; what could not be put together stays separate, or is a problem."""
        for number, path in self._misfits:
            root = self._files[number].root
            if path and path[0] not in self._entries and isinstance(root, Map):
                self._take(number, str(path[0]), root.entries[str(path[0])])
            else:
                self._refuse(number, path)
        place = self._files[0].root.place
        problems = tuple(self._problems)
        return Documents(tuple(self._files), Map(place, self._entries), problems, self._homes)

    def _take(self, number: int, key: str, entry: Entry) -> None:
        self._homes[key,] = (number, (key,))
        value = entry.value
        if key in _SHARED and isinstance(value, Map):
            self._entries[key] = replace(entry, value=Map(value.place, {}))
            self._add_registries(number, key, value)
        elif key in _SHARED and isinstance(value, List):
            self._entries[key] = replace(entry, value=List(value.place, ()))
            self._add_stages(number, key, value)
        else:
            self._entries[key] = entry

    def _add_registries(self, number: int, key: str, value: Map) -> None:
        known = self._entries[key].value
        assert isinstance(known, Map)  # noqa: S101 -- put there by _take
        fresh = {name: entry for name, entry in value.entries.items() if name not in known.entries}
        for name, entry in value.entries.items():
            if name in fresh:
                self._homes[key, name] = (number, (key, name))
            else:
                self._collide(number, (key, name), entry)
        merged = Map(known.place, {**known.entries, **fresh})
        self._entries[key] = replace(self._entries[key], value=merged)

    def _add_stages(self, number: int, key: str, value: List) -> None:
        known = self._entries[key].value
        assert isinstance(known, List)  # noqa: S101 -- put there by _take
        for local in range(len(value.items)):
            self._homes[key, len(known.items) + local] = (number, (key, local))
        merged = List(known.place, (*known.items, *value.items))
        self._entries[key] = replace(self._entries[key], value=merged)

    def _collide(self, number: int, path: Path, entry: Entry) -> None:
        first, local = self._homes[path]
        line = place_of(self._files[first].root, local, at_key=True).line
        where = f"{self._files[first].name}:{line}"
        self._problems.append(
            Diagnostic(
                self._files[number].name,
                *entry.key,
                shown(path),
                f"duplicate key, first defined in {where}",
                "keep one",
            )
        )

    def _refuse(self, number: int, path: Path) -> None:
        """Return why what is at *path* of a file cannot be put together with that of others."""
        _, findings = read_values(self._files[number].root, schema())
        mine = (each for each in findings if each.path == path)
        self._problems += map(self._files[number].problem, mine)
