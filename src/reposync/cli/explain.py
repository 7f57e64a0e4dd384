"""``run-reposync explain``: which lines of the file take a tag in, and which take it out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options
from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from reposync.cli.logs import LogLevel
    from reposync.config.load import Loaded
    from reposync.report.explanation import Line
    from reposync.sync.plan import Stage


@click.command("explain", short_help="Say why a tag is copied or not.")
@options.config
@click.argument("stage_name", metavar="STAGE")
@click.argument("tag", metavar="TAG")
@options.log_level
def command(*, path: str, stage_name: str, tag: str, log_level: LogLevel | None) -> ExitCode:
    """Say which lines of the file take TAG of a stage's source in, and which take it out.

    STAGE is the id of a stage, or its place: stages[0]. For a stage with a pattern, TAG is
    repository:tag. Nothing is copied; the source is asked for its tags where a line looks at them.
    """
    import asyncio

    from reposync.cli.log_stream import open_log
    from reposync.cli.output import emit
    from reposync.cli.parts import check_stages
    from reposync.config.load import load
    from reposync.report.explanation import render_explanation
    from reposync.wiring.explain import explain
    from reposync.wiring.plan import plan

    open_log("text", log_level or "warning", progress=False)
    loaded = load(path, os.environ, verify_only=False)
    names = loaded.config.stage_names
    check_stages([stage_name], names)
    index = names.index(stage_name)
    stage = plan(loaded.config)[index]
    image = _image(stage, tag)
    explained = asyncio.run(explain(loaded.config, os.environ, stage, image))
    if not explained:
        emit(f"{stage.source.reference}: the stage's pattern does not mean {image[0]}\n")
    lines = _lines(loaded, index)
    emit("\n".join(map(render_explanation, explained, lines)))
    return ExitCode.DONE


def _image(stage: Stage, tag: str) -> tuple[str, str]:
    """Give repository and tag; a stage without a pattern has but one repository."""
    if stage.pattern is None:
        return stage.source.reference.repository, tag
    repository, colon, name = tag.partition(":")
    if not colon or not repository or not name:
        raise click.UsageError(
            f"the source of stage {stage.name} is a pattern; write TAG as repository:tag"
        )
    return repository, name


def _lines(loaded: Loaded, stage: int) -> list[list[Line]]:
    """Give the selectors of each rule of a stage with their places in the file."""
    from reposync.config.inheritance import effective, origin
    from reposync.report.explanation import Line

    config = loaded.config
    found = []
    for number, rule in enumerate(config.stages[stage].rules):
        path = origin(config, stage, number, "tags") or ()
        texts = effective(config, config.stages[stage], rule).tags
        found.append([Line(loaded.where((*path, at)), text) for at, text in enumerate(texts)])
    return found
