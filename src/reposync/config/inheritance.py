"""Inheritance: which options hold for a destination. The nearest wins, each key for itself.

A key of the ``to`` entry goes before that of its stage, and this before that of ``defaults``; what
none of them says is filled in here. What is written is a value, an empty list too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from reposync.config.options import Options, Referrers, StageOptions
from reposync.config.platforms import known_platform
from reposync.selection.tag_template import SAME_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.config.finding import Path
    from reposync.config.model import Config, Rule, Stage
    from reposync.config.options import NamedTag, OnDependencyFailure, Overwrite, PlatformMode
    from reposync.oci.platform import Platform

_T = TypeVar("_T")
DEFAULTS = StageOptions(
    tags=(),
    tag=SAME_NAME,
    platforms=(),
    platform_mode="strip",
    referrers=True,
    overwrite="always",
    immutable=(),
    on_dependency_failure="continue",
)


class Settings(Struct, frozen=True):
    """All that holds for one destination of a stage.

    ``tags`` are lines as in the file, none for every tag; ``tag`` is the template of their names;
    ``platforms`` is empty for all of them; ``referrers`` is None where they are not copied;
    ``immutable`` are patterns of tags as texts.
    """

    tags: tuple[str | NamedTag, ...]
    tag: str
    platforms: tuple[Platform, ...]
    platform_mode: PlatformMode
    referrers: Referrers | None
    overwrite: Overwrite
    immutable: tuple[str, ...]


def effective(config: Config, stage: Stage, rule: Rule) -> Settings:
    """Return what holds for *rule* of *stage*; platforms that are none are left out."""
    levels = (rule, stage, config.defaults, DEFAULTS)
    referrers = next(each.referrers for each in levels if each.referrers is not None)
    platforms = map(known_platform, _nearest(each.platforms for each in levels))
    return Settings(
        tags=_nearest(each.tags for each in levels),
        tag=_nearest(each.tag for each in levels),
        platforms=tuple(each for each in platforms if each is not None),
        platform_mode=_nearest(each.platform_mode for each in levels),
        referrers=_referrers(referrers),
        overwrite=_nearest(each.overwrite for each in levels),
        immutable=_nearest(each.immutable for each in levels),
    )


def on_dependency_failure(config: Config, stage: Stage) -> OnDependencyFailure:
    """Return what becomes of *stage* when one that it depends on failed."""
    levels = (stage, config.defaults, DEFAULTS)
    return _nearest(each.on_dependency_failure for each in levels)


def origin(config: Config, stage: int, rule: int, key: str) -> Path | None:
    """Return the path of the *key* that holds for a destination; None where no line says it."""
    here = config.stages[stage]
    levels: tuple[tuple[Path, Options], ...] = (
        (("stages", stage, "to", rule), here.rules[rule]),
        (("stages", stage), here),
        (("defaults",), config.defaults),
    )
    said = ((*path, key) for path, options in levels if getattr(options, key) is not None)
    return next(said, None)


def _nearest(said: Iterable[_T | None]) -> _T:
    return next(each for each in said if each is not None)


def _referrers(said: bool | Referrers) -> Referrers | None:  # noqa: FBT001 -- as in the file
    if isinstance(said, Referrers):
        return said
    return Referrers() if said else None
