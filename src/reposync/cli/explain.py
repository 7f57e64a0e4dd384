"""``run-reposync explain``: which lines of the file take a tag in, and which exclude it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options, suggestions
from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from reposync.cli.logs import LogLevel


_EXAMPLES = """\
\b
Examples:
  run-reposync explain -c cfg.yml mirror 1.2.3
  run-reposync explain -c cfg.yml 'stages[0]' team/shop:1.2.3
"""


@click.command("explain", short_help="Show why a tag is selected or not.", epilog=_EXAMPLES)
@options.config
@click.argument("stage_name", metavar="STAGE", shell_complete=suggestions.stages)
@click.argument("tag", metavar="TAG")
@options.log_level
def command(
    *, paths: tuple[str, ...], stage_name: str, tag: str, log_level: LogLevel | None
) -> ExitCode:
    """Show which lines include TAG of a stage's source, exclude it, or give it another name.

    STAGE is the id of a stage, or its position: stages[0]. TAG may be a digest; for a stage with a
    pattern, it is repository:tag. Nothing is copied; the tags of the source are listed, and the
    creation times of images are read if a line depends on them.
    """
    import asyncio

    from reposync.cli import parts, places
    from reposync.cli.log_stream import open_log
    from reposync.cli.output import emit
    from reposync.config.load import load
    from reposync.report.explanation import render_explanation, render_left_out
    from reposync.wiring.explain import explain
    from reposync.wiring.stages import stages_of

    open_log("text", log_level or "warning", progress=False)
    loaded = load(paths, os.environ, verify_only=False)
    names = loaded.config.stage_names
    parts.check_stages([stage_name], names)
    index = names.index(stage_name)
    stage = stages_of(loaded.config)[index]
    image = parts.image(stage, tag)
    if stage.pattern is not None and stage.pattern.match(image.repository) is None:
        left_out = places.leaving_out(loaded, index, stage.pattern, image.repository)
        emit(render_left_out(image, *left_out))
        return ExitCode.DONE
    wanted = (image.repository, image.digest or image.tag)
    explained = asyncio.run(explain(loaded.config, os.environ, stage, wanted))
    emit("\n".join(map(render_explanation, explained, places.selectors(loaded, index))))
    return ExitCode.DONE
