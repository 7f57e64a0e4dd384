"""Stages and their rules as frozen values, and what a part of them is.

Pure: what the repositories and tags of a source are is asked elsewhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.copy_rule import CopyRule

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reposync.oci.reference import Reference
    from reposync.selection.repositories import RepositoryPattern
    from reposync.selection.selectors import Selector
    from reposync.selection.tag_template import TagTemplate
    from reposync.selection.template import Template


class Place(Struct, frozen=True):
    """A repository, and under which key of the file its registry is reached."""

    registry_key: str
    reference: Reference


class Rule(Struct, frozen=True):
    """One destination of a stage; no selectors means every tag that the source has.

    Where the stage's source is a pattern, ``template`` names the repository that each of its
    repositories goes to, and that of ``destination`` is only for show. Without a ``tag_template``
    tags keep their names.
    """

    destination: Place
    selectors: tuple[Selector, ...] = ()
    copy: CopyRule = field(default_factory=CopyRule)
    template: Template | None = None
    tag_template: TagTemplate | None = None


class SourcePattern(Struct, frozen=True):
    """Many repositories of a registry."""

    pattern: RepositoryPattern
    exclude: tuple[RepositoryPattern, ...] = ()

    def match(self, repository: str) -> dict[str, str] | None:
        """Return the groups that the pattern names in *repository*; None where it is not meant."""
        if any(each.match(repository) is not None for each in self.exclude):
            return None
        return self.pattern.match(repository)


class OnDependencyFailure(StrEnum):
    """What becomes of a stage when one that it depends on failed or was skipped."""

    CONTINUE = "continue"
    SKIP = "skip"


class Stage(Struct, frozen=True):
    """One source and its rules; ``name`` is the id, or the place in the file.

    Where it has a ``pattern``, the repository of ``source`` is only for show.
    """

    name: str
    source: Place
    rules: tuple[Rule, ...]
    depends_on: tuple[str, ...] = ()
    pattern: SourcePattern | None = None
    on_dependency_failure: OnDependencyFailure = OnDependencyFailure.CONTINUE


def narrowed(stages: Sequence[Stage], names: Collection[str]) -> tuple[Stage, ...]:
    """Return the stages of *names* alone, which wait for one another and for no others."""
    return tuple(
        replace(stage, depends_on=tuple(each for each in stage.depends_on if each in names))
        for stage in stages
        if stage.name in names
    )
