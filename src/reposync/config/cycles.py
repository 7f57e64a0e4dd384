"""Cycles: tags that rules copy in a circle, so that every run moves their images on by one.

Where A's tag goes to B and B's to A, and neither stage waits for the other, a run swaps the two
images. Where all copies but one wait for the copy that writes what they read, one image goes all
the way round, and the next run moves nothing: that is allowed, and so is a circle with a copy that
only adds what is missing. Only what is certain without a registry counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.config.copies import copies, entangled
from reposync.config.finding import Finding
from reposync.config.inheritance import effective
from reposync.config.selecting import keeps_names, selector_of, tag_pattern_fault
from reposync.selection.overlap import Reach, Sample, reach
from reposync.selection.pattern import parse_tag_pattern
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reposync.config.copies import Copy
    from reposync.config.model import Config, Stage
    from reposync.selection.pattern import Pattern

_SAMPLES_LIMIT = 2000  # a file of many thousands of tags is checked in a moment all the same
_SHOWN_LIMIT = 5


class _Taking(Struct, frozen=True):
    """What a rule takes, and which of it never moves: all of it, or what patterns match.

    What gets another name at the destination is not known to be in a circle of one tag.
    """

    reach: Reach
    only_adds: bool
    immutable: tuple[Pattern, ...]

    def moves(self, sample: Sample) -> bool:
        """Return whether *sample* is certainly taken, and its tag moved where that is there."""
        if self.only_adds or not self.reach.includes(sample):
            return False
        if not sample.tag:
            return not self.immutable
        return not any(pattern.matches(sample.tag) for pattern in self.immutable)


def check_cycles(config: Config, places: Mapping[str, str | None]) -> Iterator[Finding]:
    """Find circles in which images would move on in every run."""
    involved = entangled(copies(config, places))
    takings = {copy: _taking(config, copy) for copy in involved}
    taken = dict.fromkeys(each for one in takings.values() for each in one.reach.samples())
    first: dict[tuple[Copy, ...], Sample] = {}
    for sample in [*taken][:_SAMPLES_LIMIT]:
        first.setdefault(tuple(copy for copy in involved if takings[copy].moves(sample)), sample)
    told: set[frozenset[tuple[int, int]]] = set()
    for moving, sample in first.items():
        for circle in _circles(moving):
            rules = frozenset((copy.stage, copy.rule) for copy in circle)
            if rules not in told and not _settles(config.stages, circle):
                told.add(rules)
                yield _finding(circle, sample)


def _taking(config: Config, copy: Copy) -> _Taking:
    stage = config.stages[copy.stage]
    settings = effective(config, stage, stage.rules[copy.rule])
    selectors = tuple(each for line in settings.tags if (each := selector_of(line)) is not None)
    patterns = [text for text in settings.immutable if tag_pattern_fault(text) is None]
    is_wrong = len(selectors) < len(settings.tags)
    return _Taking(
        reach(selectors),
        settings.overwrite == "never" or is_wrong or not keeps_names(settings.tag),
        tuple(parse_tag_pattern(text) for text in patterns if text),
    )


def _circles(moving: Sequence[Copy]) -> Iterator[tuple[Copy, ...]]:
    """Return the shortest circle through each of *moving*, some more than once."""
    onward: dict[str, list[Copy]] = {}
    left = entangled(moving)
    for copy in left:
        onward.setdefault(copy.source, []).append(copy)
    for copy in left:
        circle = _way(onward, copy)
        if circle:
            yield circle


def _way(onward: Mapping[str, Sequence[Copy]], first: Copy) -> tuple[Copy, ...]:
    """Find the shortest way from the end of *first* back to its source, *first* included."""
    before: dict[str, Copy] = {first.destination: first}
    waiting = [first.destination]
    for place in waiting:
        for copy in onward.get(place, ()):
            if copy.destination not in before:
                before[copy.destination] = copy
                waiting.append(copy.destination)
    way: list[Copy] = []
    place = first.source
    while place in before and (not way or way[-1] is not first):
        way.append(before[place])
        place = before[place].source
    return tuple(reversed(way))


def _settles(stages: Sequence[Stage], circle: Sequence[Copy]) -> bool:
    """Return whether one image goes all the way round: each copy but one waits for the last."""
    pairs = zip(circle, [*circle[1:], circle[0]], strict=True)
    waiting = sum(before.stage in _needed(stages, after.stage) for before, after in pairs)
    return waiting >= len(circle) - 1


def _needed(stages: Sequence[Stage], number: int) -> set[int]:
    """Return the stages that have ended before the stage *number* begins."""
    by_id = {stage.id: index for index, stage in enumerate(stages) if stage.id is not None}
    found: set[int] = set()
    waiting = [number]
    while waiting:
        needed = {by_id[each] for each in stages[waiting.pop()].depends_on if each in by_id}
        waiting += needed - found
        found |= needed
    return found


def _finding(circle: Sequence[Copy], sample: Sample) -> Finding:
    first = min(circle, key=_place)
    last = max(circle, key=_place)
    turn = circle.index(first)
    members = [*circle[turn:], *circle[:turn]]
    tag = f":{sample.tag}" if sample.is_named else ""
    names = [quoted(f"{each.shown}{tag}") for each in members]
    if len(names) == 2:  # noqa: PLR2004 -- there and back
        message = f"each run would swap {names[0]} and {names[1]}: the copy the other way is"
    else:
        cut = [*names[:_SHOWN_LIMIT], "..."] if len(names) > _SHOWN_LIMIT else names
        chain = " -> ".join([*cut, names[0]])
        message = f"each run would move images round in a circle, {chain}: the first copy is"
    return Finding(
        path=last.path,
        message=message,
        hint="remove one of these copies, write `overwrite: never` at one so that it only adds "
        "tags that are missing, or let one stage wait for the other by `depends_on`",
        earlier=first.path,
    )


def _place(copy: Copy) -> tuple[int, int]:
    return copy.stage, copy.rule
