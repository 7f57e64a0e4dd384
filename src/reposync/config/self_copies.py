"""Self-copies: destinations that are their own source, which a run would read and write at once.

Within one repository only another tag means something, as by `tag@sha256:…`, `as` or a template: it
is set to an image that is there.
A pattern is tried on names that it matches, since no registry is asked here.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.config.inheritance import effective, origin
from reposync.config.repositories import destination_repository, full_name
from reposync.config.selecting import groups, keeps_names, selector_of, template_fault
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.selectors import (
    Keep,
    KeepLatest,
    KeepNewer,
    Matching,
    Named,
    Pinned,
    Versions,
)
from reposync.selection.template import parse_template
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Rule, Source
    from reposync.selection.selectors import Selector

_REGEX = "regex:"
_ANY = r"\(\?P<\w+>[^()]*\)|\([^()]*\)|(?:\[[^\]]*\]|\.)[+*]\??|\*\*?|\?"
# What stands for the first, second, ... thing that may be anything; no two are alike.
_SAMPLES: tuple[Callable[[int], str], ...] = (
    lambda number: "ghjkmnpqvw"[number % 10],
    lambda number: f"g{number}x",
    lambda number: f"g{number}x/h{number}x",
)
_INSTEAD = "write another repository or another destination"


def check_self_copies(config: Config, places: Mapping[str, str | None]) -> Iterator[Finding]:
    """Find the destinations that write the repository and the tags that they read."""
    for number, stage in enumerate(config.stages):
        for index, rule in enumerate(stage.rules):
            if same := _same(stage.source, rule, places):
                yield from _of_rule(config, number, index, same)


def _of_rule(config: Config, number: int, index: int, same: str) -> Iterator[Finding]:
    stage = config.stages[number]
    path: Path = ("stages", number, "to", index)
    settings = effective(config, stage, stage.rules[index])
    selectors = [selector_of(line) for line in settings.tags]
    keeps = keeps_names(settings.tag)
    if not any(_renames(each, keeps=keeps) for each in selectors):
        message = f"{quoted(same)} would be copied onto itself"
        yield Finding((*path, "repository"), message, _INSTEAD)
        return
    where = origin(config, number, index, "tags") or path
    for position, selector in enumerate(selectors):
        if selector is not None and _is_idle(selector, keeps=keeps):
            message = f"{quoted(selector.text)} of {quoted(same)} would be copied onto itself"
            yield Finding((*where, position), message, f"remove it, or {_INSTEAD}")


def _renames(selector: Selector | None, *, keeps: bool) -> bool:
    """Return whether *selector* sets a tag to another image; *keeps*: the template keeps names."""
    match selector:
        case Pinned(tag=tag):
            return bool(tag)
        case Named(tag=tag, aliases=aliases) if aliases:
            return any(alias != tag for alias in aliases)
        case Named() | Matching() | Versions():
            return not keeps
    return False


def _is_idle(selector: Selector, *, keeps: bool) -> bool:
    is_keep = isinstance(selector, Keep | KeepLatest | KeepNewer)
    return not is_keep and not _renames(selector, keeps=keeps)


def _same(source: Source, rule: Rule, places: Mapping[str, str | None]) -> str | None:
    """Return the name of what is both source and destination; None where they differ."""
    from_, to = places.get(source.source), places.get(rule.destination)
    if from_ is None or to is None:
        return None
    if not is_pattern(source.repository):
        name = full_name(from_, source.repository)
        return name if name == full_name(to, destination_repository(source, rule)) else None
    pairs = ((full_name(from_, one), full_name(to, other)) for one, other in _filled(source, rule))
    legal = [pair for pair in pairs if None not in pair]
    is_same = bool(legal) and all(one == other for one, other in legal)
    return f"{from_}/{source.repository}" if is_same else None


def _filled(source: Source, rule: Rule) -> list[tuple[str, str]]:
    """Return names that the pattern of *source* matches, each with what *rule* makes of it."""
    names = groups(source.repository)
    if names is None or template_fault(rule.repository, names) is not None:
        return []
    pattern = parse_repository_pattern(source.repository)
    template = parse_template(rule.repository, names)
    text = source.repository.strip().removeprefix(_REGEX).strip().replace("\\", "")
    candidates = (_sample(text, sample) for sample in _SAMPLES)
    matches = ((name, pattern.match(name)) for name in candidates)
    return [(name, template.fill(name, found)) for name, found in matches if found is not None]


def _sample(pattern: str, sample: Callable[[int], str]) -> str:
    numbers = count()
    return re.sub(_ANY, lambda _: sample(next(numbers)), pattern)
