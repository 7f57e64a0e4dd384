"""Writers: tags that two lines of the file give to different images; the last one would win.

Only names and digests count, which are known without a registry; what selectors and patterns of
repositories bring is compared when a run is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reposync.config.finding import Finding
from reposync.config.inheritance import effective, origin
from reposync.config.repositories import destination_repository, full_name
from reposync.config.selecting import written
from reposync.selection.repositories import is_pattern
from reposync.selection.selectors import Named, Pinned
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Rule, Stage

_Sided = tuple[int, "Stage", int, "Rule"]


class _Writing(NamedTuple):
    """A tag that a rule writes: where this is said, where the image comes from and where it goes.

    Two writings of one ``identity`` are the same image.
    """

    path: Path
    source: str
    identity: str
    destination: str


def check_writers(config: Config, places: Mapping[str, str | None]) -> Iterator[Finding]:
    """Find tags that are written by two rules, or by one, from different images."""
    first: dict[str, _Writing] = {}
    for writing in _writings(config, places):
        other = first.setdefault(writing.destination, writing)
        if other.identity != writing.identity:
            yield Finding(
                path=writing.path,
                message=f"{quoted(writing.destination)} would get two images: this one of "
                f"{quoted(writing.source)}, and that of {quoted(other.source)}",
                hint="write one of them to another repository, or leave this tag out of one",
                earlier=other.path,
            )


def _writings(config: Config, places: Mapping[str, str | None]) -> Iterator[_Writing]:
    for number, stage in enumerate(config.stages):
        source = full_name(places.get(stage.source.source), stage.source.repository)
        if source is None or is_pattern(stage.source.repository):
            continue
        for index, rule in enumerate(stage.rules):
            name = destination_repository(stage.source, rule)
            destination = full_name(places.get(rule.destination), name)
            if destination is not None:
                here = (number, stage, index, rule)
                yield from _of_rule(config, here, source, destination)


def _of_rule(config: Config, here: _Sided, source: str, destination: str) -> Iterator[_Writing]:
    number, stage, index, rule = here
    path: Path = ("stages", number, "to", index)
    said = origin(config, number, index, "tags")
    is_own = said == (*path, "tags")
    for position, text in enumerate(effective(config, stage, rule).tags):
        place = (*path, "tags", position) if is_own else path
        match written(text):
            case Named(tag):
                yield _Writing(place, source, f"{source}:{tag}", f"{destination}:{tag}")
            case Pinned(digest, tag) if tag:
                yield _Writing(place, f"{source}@{digest.short}", digest, f"{destination}:{tag}")
