"""Copies: from which repository to which the rules of a file copy, as far as the file alone tells.

A stage that reads a pattern copies each repository that the file names elsewhere and the pattern
matches, and one more as an example of all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from reposync.config.names import known_repository
from reposync.config.repositories import destination_repository
from reposync.config.selecting import groups, repository_pattern_fault, template_fault
from reposync.selection.overlap import example_of
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.template import parse_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reposync.config.finding import Path
    from reposync.config.model import Config, Rule, Source, Stage
    from reposync.selection.template import Template


_ROUNDS = 4  # a template may make a longer name of its own in each


class _Leads(Protocol):
    """Leads from one place to another."""

    @property
    def source(self) -> str: ...

    @property
    def destination(self) -> str: ...


_Leading = TypeVar("_Leading", bound=_Leads)


class Copy(Struct, frozen=True):
    """What one rule of a stage does with one repository: texts that hold the registry too.

    ``shown`` is the source as it is written, which may be a pattern.
    """

    stage: int
    rule: int
    source: str
    destination: str
    shown: str

    @property
    def path(self) -> Path:
        """Where the rule is in the file."""
        return ("stages", self.stage, "to", self.rule)


class _Reading(Struct, frozen=True):
    """A rule with its stage, and the places of the registries on both sides."""

    stage: tuple[int, Stage]
    rule: tuple[int, Rule]
    here: str
    there: str

    @property
    def source(self) -> str:
        """The host of the source: the same repository may be named with or without a prefix."""
        return self.here.partition("/")[0]

    @property
    def destination(self) -> str:
        """The host of the destination."""
        return self.there.partition("/")[0]


class _Known:
    """The repositories that are known at each place."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, None]] = {}

    def at(self, place: str) -> list[str]:
        """Return the names that are known at *place* so far."""
        return [*self._names.get(place, ())]

    def note(self, place: str, repository: str | None) -> str | None:
        """Remember a repository, and give its full name; None where it can have none."""
        name = None if repository is None else known_repository(place, repository)
        if name is None:
            return None
        self._names.setdefault(place, {})[name] = None
        return f"{place}/{name}"


def copies(config: Config, places: Mapping[str, str | None]) -> list[Copy]:
    """Return what rules copy between hosts that copies lead from and back to.

    Those that cannot be understood are left out.
    """
    readings = entangled(list(_readings(config, places)))
    patterns = [each for each in readings if is_pattern(each.stage[1].source.repository)]
    known, found = _Known(), dict[Copy, None]()
    for reading in readings:
        if reading not in patterns:
            found.update(dict.fromkeys(_literal(reading, known)))
    for reading in patterns:
        _note_example(reading, known)
    for _ in range(min(len(patterns), _ROUNDS)):  # what one writes another may read
        for reading in patterns:
            found.update(dict.fromkeys(_of_pattern(reading, known)))
    return [copy for copy in found if copy.source != copy.destination]


def entangled(found: Sequence[_Leading]) -> list[_Leading]:
    """Leave out what cannot be in a circle: nothing leads to its source, or on from its end."""
    left = list(found)
    while True:
        read, written = {each.source for each in left}, {each.destination for each in left}
        fewer = [each for each in left if each.source in written and each.destination in read]
        if len(fewer) == len(left):
            return fewer
        left = fewer


def _readings(config: Config, places: Mapping[str, str | None]) -> Iterator[_Reading]:
    for number, stage in enumerate(config.stages):
        source = places.get(stage.source.source)
        for index, rule in enumerate(stage.rules):
            destination = places.get(rule.destination)
            if source is not None and destination is not None:
                yield _Reading((number, stage), (index, rule), source, destination)


def _literal(reading: _Reading, known: _Known) -> Iterator[Copy]:
    (number, stage), (index, rule) = reading.stage, reading.rule
    source = known.note(reading.here, stage.source.repository)
    name = destination_repository(stage.source, rule)
    destination = known.note(reading.there, name)
    if source is not None and destination is not None:
        yield Copy(number, index, source, destination, source)


def _note_example(reading: _Reading, known: _Known) -> None:
    source = reading.stage[1].source
    example = example_of(source.repository.strip())
    if example and _matched(source, example) is not None:
        known.note(reading.here, example)


def _of_pattern(reading: _Reading, known: _Known) -> Iterator[Copy]:
    (number, stage), (index, rule) = reading.stage, reading.rule
    template = _template(rule.repository, stage.source)
    for name in known.at(reading.here):
        held = _matched(stage.source, name)
        if held is None or template is None:
            continue
        destination = known.note(reading.there, template.fill(name, held))
        if destination is not None:
            shown = f"{reading.here}/{stage.source.repository.strip()}"
            yield Copy(number, index, f"{reading.here}/{name}", destination, shown)


def _matched(source: Source, name: str) -> Mapping[str, str] | None:
    """Return the groups that the pattern of *source* holds in *name*.

    None where it leaves it out.
    """
    patterns = (source.repository, *source.exclude)
    if any(repository_pattern_fault(each) is not None for each in patterns):
        return None
    if any(parse_repository_pattern(each).match(name) is not None for each in source.exclude):
        return None
    return parse_repository_pattern(source.repository).match(name)


def _template(text: str, source: Source) -> Template | None:
    names = groups(source.repository)
    if names is None or template_fault(text, names) is not None:
        return None
    return parse_template(text, names)
