"""The plan: stages and rules as frozen values, and which tags go where.

Pure: names in, names out. What the tags of the source are is asked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, and under which key of the file its registry is reached."""

    registry_key: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class Rule:
    """One destination of a stage; no tags means all that the source has."""

    destination: Place
    tags: tuple[str, ...] = ()

    @property
    def wants_all(self) -> bool:
        """Whether the source must be asked for its tags."""
        return not self.tags


@dataclass(frozen=True, slots=True)
class Stage:
    """One source and its rules; ``name`` is the id, or the place in the file."""

    name: str
    source: Place
    rules: tuple[Rule, ...]
    depends_on: tuple[str, ...] = ()

    @property
    def wants_list(self) -> bool:
        """Whether any rule wants all tags."""
        return any(rule.wants_all for rule in self.rules)


def select(stage: Stage, source_tags: Iterable[str]) -> dict[str, tuple[Place, ...]]:
    """Give the destinations of each tag that *stage* copies, each destination once.

    *source_tags* are those that the source has; they count for the rules that want all. A tag that
    a rule names is tried whether it is listed or not, so that a missing one is told.
    """
    selected: dict[str, dict[Place, None]] = {}
    listed = tuple(source_tags)
    for rule in stage.rules:
        for tag in rule.tags or listed:
            selected.setdefault(tag, {})[rule.destination] = None
    return {tag: tuple(places) for tag, places in selected.items()}
