"""From the file's settings to the engine's stages: canonical names, parsed texts, resolved options.

Pure. The file was checked before: what cannot be understood here is a bug.
"""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

from reposync.config.inheritance import effective, on_dependency_failure
from reposync.config.layouts import known_place, layout_path
from reposync.config.relays import NATIVE, relay_of
from reposync.config.selecting import parsed
from reposync.copy.copy_rule import CopyRule
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PlatformMode, PlatformRule
from reposync.copy.referrer_rule import Late, ReferrerRule
from reposync.oci.address import parse_address
from reposync.oci.reference import Reference, canonical_repository
from reposync.selection.naming import groups_of
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.tag_template import parse_tag_template
from reposync.selection.template import parse_template
from reposync.sync.stages import OnDependencyFailure, Place, Rule, SourcePattern, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config import model
    from reposync.config.inheritance import Settings
    from reposync.config.model import Config


def stages_of(config: Config) -> tuple[Stage, ...]:
    """Turn the file's stages to the run's, each with a name."""
    named = zip(config.stage_names, config.stages, strict=True)
    return tuple(_stage(config, name, stage) for name, stage in named)


def host_of(registries: Mapping[str, model.Registry], key: str) -> str:
    """Return what references to the registry *key* begin with.

    A layout has the path that the file gives it; of several paths to one layout, the first.
    """
    url = registries[key].url
    if layout_path(url) is None:
        return parse_address(url).name
    place = known_place(url)
    first = next(each.url for each in registries.values() if known_place(each.url) == place)
    return f"oci:{os.path.normpath(layout_path(first) or '')}"


def _stage(config: Config, name: str, stage: model.Stage) -> Stage:
    pattern = _pattern(stage.source)
    return Stage(
        name=name,
        source=_source(config, stage.source),
        rules=tuple(_rule(config, stage, rule, pattern) for rule in stage.rules),
        depends_on=stage.depends_on,
        pattern=pattern,
        on_dependency_failure=OnDependencyFailure(on_dependency_failure(config, stage)),
    )


def _pattern(source: model.Source) -> SourcePattern | None:
    if not is_pattern(source.repository):
        return None
    exclude = tuple(parse_repository_pattern(each) for each in source.exclude)
    return SourcePattern(parse_repository_pattern(source.repository), exclude)


def _source(config: Config, source: model.Source) -> Place:
    if is_pattern(source.repository):
        return _shown(config, source.source, source.repository)
    return _place(config, source.source, source.repository)


def _rule(
    config: Config, stage: model.Stage, rule: model.Rule, pattern: SourcePattern | None
) -> Rule:
    settings = effective(config, stage, rule)
    template = parse_template(rule.repository, pattern.pattern.groups if pattern else ())
    selectors = tuple(map(parsed, settings.tags))
    key = rule.destination
    return Rule(
        destination=_shown(config, key, rule.repository)
        if pattern
        else _place(config, key, template.fill(stage.source.repository)),
        selectors=selectors,
        copy=_copy_rule(settings, is_native=relay_of(config, stage) == NATIVE),
        template=template if pattern else None,
        tag_template=parse_tag_template(settings.tag, groups_of(selectors)),
    )


def _copy_rule(settings: Settings, *, is_native: bool) -> CopyRule:
    referrers = settings.referrers if is_native else None
    return CopyRule(
        platforms=PlatformRule(settings.platforms, PlatformMode(settings.platform_mode))
        if settings.platforms
        else None,
        referrers=ReferrerRule(referrers.artifact_types, Late(referrers.late))
        if referrers
        else None,
        overwrite=OverwriteRule(
            Overwrite(settings.overwrite),
            tuple(parse_tag_pattern(text) for text in settings.immutable),
        ),
        may_be_sparse=settings.platform_mode == "sparse" and not settings.platforms,
    )


def _place(config: Config, key: str, repository: str) -> Place:
    host = host_of(config.registries, key)
    return Place(key, Reference(host, canonical_repository(host, repository)))


def _shown(config: Config, key: str, text: str) -> Place:
    """Return a place whose repository is a pattern or a template, to be shown to people."""
    return Place(key, Reference(host_of(config.registries, key), text))
