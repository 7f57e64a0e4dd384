"""Choices: what is wrong with options, where they are and where they are inherited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.config.inheritance import effective, origin
from reposync.config.names import Fault
from reposync.config.options import Referrers
from reposync.config.platforms import platform_fault
from reposync.config.repositories import told
from reposync.config.selecting import (
    name_fault,
    name_path,
    selector_fault,
    tag_groups,
    tag_pattern_fault,
    tag_template_fault,
)
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reposync.config.finding import Path
    from reposync.config.model import Config
    from reposync.config.options import NamedTag, Options

# RFC 6838, section 4.2; image-spec v1.1.1, manifest.md, "artifactType".
_MEDIA_TYPE = r"[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*"


def check_options(path: Path, options: Options) -> Iterator[Finding]:
    """Find what is wrong in what *options*, which are at *path*, say themselves."""
    yield from _tags((*path, "tags"), options.tags or ())
    yield from _each((*path, "platforms"), options.platforms, platform_fault)
    yield from _each((*path, "immutable"), options.immutable, tag_pattern_fault)
    if isinstance(options.referrers, Referrers):
        here = (*path, "referrers", "artifact_types")
        yield from _each(here, options.referrers.artifact_types, _media_type_fault)


def check_tag_templates(config: Config) -> Iterator[Finding]:
    """Find templates of tags that are wrong for a destination for which they hold."""
    found: dict[Path, Finding] = {}
    for number, stage in enumerate(config.stages):
        for index, rule in enumerate(stage.rules):
            settings = effective(config, stage, rule)
            path, groups = origin(config, number, index, "tag"), tag_groups(settings.tags)
            if path is not None and groups is not None:
                for finding in told(path, tag_template_fault(settings.tag, groups)):
                    found.setdefault(path, finding)
    yield from found.values()


def check_overwrite(config: Config) -> Iterator[Finding]:
    """Find where tags are rewritten if they are mutable, and none is said to be immutable."""
    first: dict[Path, str] = {}
    for number, stage in enumerate(config.stages):
        for index, rule in enumerate(stage.rules):
            settings = effective(config, stage, rule)
            path = origin(config, number, index, "overwrite")
            if settings.overwrite == "if_mutable" and not settings.immutable and path is not None:
                first.setdefault(path, rule.repository)
    for path, repository in first.items():
        yield Finding(
            path,
            f"nothing says which tags of {quoted(repository)} are immutable",
            "write patterns of tags behind `immutable`, or `overwrite: always`",
        )


def _tags(path: Path, lines: Sequence[str | NamedTag]) -> Iterator[Finding]:
    for position, line in enumerate(lines):
        here = (*path, position)
        if isinstance(line, str):
            yield from told(here, selector_fault(line))
            continue
        yield from told((*here, "tag"), name_fault(line.tag))
        for at, alias in enumerate(line.aliases):
            yield from told(name_path(here, line, at), name_fault(alias))


def _each(
    path: Path, texts: Sequence[str] | None, fault: Callable[[str], Fault | None]
) -> Iterator[Finding]:
    for position, text in enumerate(texts or ()):
        yield from told((*path, position), fault(text))


def _media_type_fault(text: str) -> Fault | None:
    if not text or re.fullmatch(_MEDIA_TYPE, text):
        return None
    return Fault(
        f"{quoted(text)} is not a media type",
        "write, for example, `application/spdx+json`",
    )
