"""Repositories: what is wrong with the repository of a source or a destination.

A source may be a pattern, which means many; a destination may be a template, which then makes one
of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.config.layouts import layout_path
from reposync.config.names import known_repository, repository_fault
from reposync.config.selecting import groups, repository_pattern_fault, template_fault
from reposync.selection.repositories import is_pattern
from reposync.selection.template import parse_template
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.config.finding import Path
    from reposync.config.model import Rule, Source
    from reposync.config.names import Fault

_BRACES = frozenset("{}")


def check_source(path: Path, source: Source, place: str | None) -> Iterator[Finding]:
    """Find what is wrong in the repository of *source*, which is at *place*, and its exceptions."""
    here = (*path, "repository")
    if is_pattern(source.repository):
        yield from told(here, repository_pattern_fault(source.repository))
    else:
        yield from told(here, repository_fault(place, source.repository))
        if source.exclude:
            yield Finding(
                (*path, "exclude"),
                f"nothing can be left out of one repository, {quoted(source.repository)}",
                "write a pattern such as `team/*` for `repository`, or remove this key",
                at_key=True,
            )
    for position, text in enumerate(source.exclude):
        yield from told((*path, "exclude", position), repository_pattern_fault(text))


def check_destination(
    path: Path, rule: Rule, source: Source, place: str | None
) -> Iterator[Finding]:
    """Find what is wrong in the repository of *rule*, which is at *place*."""
    here = (*path, "repository")
    if _BRACES.isdisjoint(rule.repository):
        yield from told(here, repository_fault(place, rule.repository))
        if is_pattern(source.repository):
            yield Finding(
                here,
                f"all that {quoted(source.repository)} matches would go to one repository",
                "put `{repository}` or `{basename}` into it",
            )
        return
    names = groups(source.repository)
    if names is not None or not is_pattern(source.repository):
        yield from told(here, template_fault(rule.repository, names or ()))
    if (name := destination_repository(source, rule)) is not None:
        yield from told(here, repository_fault(place, name))


def destination_repository(source: Source, rule: Rule) -> str | None:
    """Return the one repository that *rule* writes; None where there are many, or it is wrong."""
    if is_pattern(source.repository):
        return None
    if _BRACES.isdisjoint(rule.repository):
        return rule.repository
    if template_fault(rule.repository, ()) is not None:
        return None
    return parse_template(rule.repository).fill(source.repository)


def full_name(place: str | None, repository: str | None) -> str | None:
    """Return the one name of *repository* at *place*; None where either is unknown or wrong."""
    name = None if repository is None else known_repository(place, repository)
    if place is None or name is None:
        return None
    return f"{place}{'/' if layout_path(place) is None else ':'}{name}"


def told(path: Path, fault: Fault | None) -> Iterator[Finding]:
    """Return *fault* its path."""
    if fault is not None:
        yield Finding(path, *fault)
