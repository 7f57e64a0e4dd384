"""Selecting: faults of selectors, patterns and templates, which ``reposync.selection`` reads.

A text that is empty is told by the schema, and has no other fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reposync.config.names import Fault
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.parsing import parse
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.selectors import Named, Pinned
from reposync.selection.template import parse_template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from reposync.selection.selectors import Selector

_REMEMBERED = 4096  # a file may say the same for thousands of destinations, by aliases


@lru_cache(_REMEMBERED)
def selector_fault(text: str) -> Fault | None:
    """Return why *text* selects no tags."""
    return _fault(parse, text)


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


def selector_of(text: str) -> Selector | None:
    """Return the selector that *text* is; None for what is wrong."""
    try:
        return parse(text)
    except InvalidSelectorError:
        return None


def written(text: str) -> Named | Pinned | None:
    """Return the one image that *text* names.

    None for a selector of many, and for what is wrong.
    """
    selector = selector_of(text)
    return selector if isinstance(selector, Named | Pinned) else None


def _fault(parse: Callable[[str], object], text: str) -> Fault | None:
    if not text:
        return None
    try:
        parse(text)
    except InvalidSelectorError as error:
        return Fault(str(error), error.hint or "")
    return None
