"""Places: where in the file the lines are that select tags, or leave a repository out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.inheritance import effective, origin
from reposync.config.selecting import parsed
from reposync.report.explanation import Line

if TYPE_CHECKING:
    from reposync.config.load import Loaded
    from reposync.sync.stages import SourcePattern


def selectors(loaded: Loaded, stage: int) -> list[list[Line]]:
    """Return the selectors of each destination of a stage, wherever in the file they are.

    Last comes the template of tags, where there is one.
    """
    config = loaded.config
    found = []
    for number, rule in enumerate(config.stages[stage].rules):
        path = origin(config, stage, number, "tags") or ()
        settings = effective(config, config.stages[stage], rule)
        lines = [
            Line(loaded.where((*path, at)), line if isinstance(line, str) else parsed(line).text)
            for at, line in enumerate(settings.tags)
        ]
        if (template := origin(config, stage, number, "tag")) is not None:
            lines.append(Line(loaded.where(template), f"tag: {settings.tag}"))
        found.append(lines)
    return found


def leaving_out(
    loaded: Loaded, stage: int, pattern: SourcePattern, repository: str
) -> tuple[Line, str]:
    """Find the line by which the stage's *pattern* does not mean *repository*, and say how."""
    source, path = loaded.config.stages[stage].source, ("stages", stage, "from")
    if pattern.pattern.match(repository) is None:
        line = Line(loaded.where((*path, "repository")), source.repository)
        return line, "does not match: it is not the whole name of the repository"
    excluding = (
        at for at, each in enumerate(pattern.exclude) if each.match(repository) is not None
    )
    at = next(excluding)
    line = Line(loaded.where((*path, "exclude", at)), source.exclude[at])
    return line, "excludes it: the whole name of the repository matches"
