"""Selecting: faults of selectors, patterns and templates, which ``reposync.selection`` reads.

A text that is empty is told by the schema, and has no other fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reposync.config.names import Fault
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.naming import groups_of
from reposync.selection.parsing import parse, parse_name, parse_named
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.selectors import Named, Pinned
from reposync.selection.tag_template import parse_tag_template
from reposync.selection.template import parse_template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from reposync.config.finding import Path
    from reposync.config.options import NamedTag
    from reposync.selection.selectors import Selector

_REMEMBERED = 4096  # a file may say the same for thousands of destinations, by aliases


@lru_cache(_REMEMBERED)
def selector_fault(text: str) -> Fault | None:
    """Return why *text* selects no tags."""
    return _fault(parse, text)


@lru_cache(_REMEMBERED)
def name_fault(text: str) -> Fault | None:
    """Return why *text* is not a tag."""
    return _fault(parse_name, text)


@lru_cache(_REMEMBERED)
def tag_template_fault(text: str, groups: Collection[str]) -> Fault | None:
    """Return why no tag can be made from *text*, which may use the named *groups*."""
    return _fault(lambda text: parse_tag_template(text, groups), text)


def tag_groups(lines: Iterable[str | NamedTag]) -> tuple[str, ...] | None:
    """Return the named groups of the ``regex:`` lines; None where a line is wrong."""
    selectors = [selector_of(each) for each in lines]
    known = [each for each in selectors if each is not None]
    return groups_of(known) if len(known) == len(selectors) else None


@lru_cache(_REMEMBERED)
def tag_pattern_fault(text: str) -> Fault | None:
    """Return why *text* is no pattern of tags."""
    return _fault(parse_tag_pattern, text)


@lru_cache(_REMEMBERED)
def repository_pattern_fault(text: str) -> Fault | None:
    """Return why *text* is no pattern of repositories."""
    return _fault(parse_repository_pattern, text)


def template_fault(text: str, groups: Collection[str]) -> Fault | None:
    """Return why no repository can be made from *text*, which may use the named *groups*."""
    return _fault(lambda text: parse_template(text, groups), text)


def groups(repository: str) -> tuple[str, ...] | None:
    """Return the named groups of the pattern *repository*.

    None where it is none, or a wrong one.
    """
    if not is_pattern(repository) or repository_pattern_fault(repository) is not None:
        return None
    return parse_repository_pattern(repository).groups


def selector_of(line: str | NamedTag) -> Selector | None:
    """Return the selector that *line* is; None for what is wrong."""
    try:
        return parsed(line)
    except InvalidSelectorError:
        return None


def parsed(line: str | NamedTag) -> Selector:
    """Return the selector that *line* of ``tags`` is.

    Raises:
        InvalidSelectorError: It is none.
    """
    return parse(line) if isinstance(line, str) else parse_named(line.tag, line.aliases)


def keeps_names(template: str) -> bool:
    """Return whether by *template*, of tags, each keeps its name; False for a wrong one."""
    if tag_template_fault(template, ()) is not None:
        return False
    return parse_tag_template(template).keeps_names


def name_path(path: Path, line: str | NamedTag, index: int) -> Path:
    """Return the path of the name *index* that *line*, which is at *path*, gives."""
    if isinstance(line, str) or not line.aliases:
        return path
    return (*path, "as") if isinstance(line.names, str) else (*path, "as", index)


def written(line: str | NamedTag) -> Named | Pinned | None:
    """Return the one image that *line* names.

    None for a selector of many, and for what is wrong.
    """
    selector = selector_of(line)
    return selector if isinstance(selector, Named | Pinned) else None


def _fault(parse: Callable[[str], object], text: str) -> Fault | None:
    if not text:
        return None
    try:
        parse(text)
    except InvalidSelectorError as error:
        return Fault(str(error), error.hint or "")
    return None
