"""Writers: tags that two lines of the file give to different images; the last one would win.

Only names and digests count, which are known without a registry; what selectors, templates of tags
and patterns of repositories make is compared when a run is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reposync.config.finding import Finding
from reposync.config.inheritance import effective, origin
from reposync.config.repositories import destination_repository, full_name
from reposync.config.selecting import keeps_names, name_path, written
from reposync.oci.digest import Digest
from reposync.selection.choose import named_images
from reposync.selection.naming import is_kept
from reposync.selection.repositories import is_pattern
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Rule, Stage
    from reposync.selection.choose import Image

_Sided = tuple[int, "Stage", int, "Rule"]


class _Writing(NamedTuple):
    """A tag that a rule writes: where this is said, where the image comes from and where it goes.

    Two writings of one ``identity`` are the same image; ``image`` is the full name of it, for
    messages in which ``source`` does not distinguish the two.
    """

    path: Path
    source: str
    image: str
    identity: str
    destination: str
    is_alias: bool = False


def check_writers(config: Config, places: Mapping[str, str | None]) -> Iterator[Finding]:
    """Find tags that are written by two rules, or by one, from different images."""
    first: dict[str, _Writing] = {}
    for writing in _writings(config, places):
        other = first.setdefault(writing.destination, writing)
        if other.identity != writing.identity:
            yield _finding(writing, other)


def _finding(writing: _Writing, other: _Writing) -> Finding:
    images = writing.source, other.source
    if writing.source == other.source:
        images = writing.image, other.image
    is_named = writing.is_alias or other.is_alias
    return Finding(
        path=writing.path,
        message=f"{quoted(writing.destination)} would get two images: this one of "
        f"{quoted(images[0])}, and that of {quoted(images[1])}",
        hint="give one of them another name"
        if is_named
        else "write one of them to another repository, or leave this tag out of one",
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
    is_own = origin(config, number, index, "tags") == (*path, "tags")
    settings = effective(config, stage, rule)
    for position, line in enumerate(settings.tags):
        selector = written(line)
        for at, image in enumerate(named_images([selector]) if selector else ()):
            if image.tag and (keeps_names(settings.tag) or is_kept(image)):
                place = name_path((*path, "tags", position), line, at) if is_own else path
                yield _writing(place, source, image, f"{destination}:{image.tag}")


def _writing(path: Path, source: str, image: Image, destination: str) -> _Writing:
    if isinstance(image.name, Digest):
        full = f"{source}@{image.name.short}"
        return _Writing(path, full, full, image.name, destination)
    full = f"{source}:{image.name}"
    return _Writing(path, source, full, full, destination, image.is_alias)
