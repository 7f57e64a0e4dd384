"""``run-reposync plan``: what a run would do, before anything is done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.cli.logs import LogFormat, LogLevel

_EPILOG = """\
\b
Examples:
  run-reposync plan -c cfg.yml
  run-reposync plan -c cfg.yml --sizes --out plan.json
  run-reposync plan -c cfg.yml --stage mirror -o json

\b
Exit codes: 0 planned, 1 something cannot be read, 2 the file or the call is
wrong, 3 with --exit-code: something is not up to date.
"""


@click.command("plan", short_help="Show what a run would do; change nothing.", epilog=_EPILOG)
@options.config
@options.stages("Plan")
@options.only("Plan")
@options.output
@click.option(
    "--out",
    "plan_file",
    type=click.Path(dir_okay=False),
    metavar="PLAN.json",
    help="Write the plan to a file, for apply.",
)
@click.option(
    "--sizes", is_flag=True, help="Add the bytes and blobs to send, to mount or already there."
)
@click.option("--exit-code", is_flag=True, help="Exit with 3 if anything is not up to date.")
@options.parallel_sync_tasks
@options.log_format
@options.log_level
@options.no_progress
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    paths: tuple[str, ...],
    stage_names: tuple[str, ...],
    pattern: str | None,
    output: str,
    plan_file: str | None,
    sizes: bool,
    exit_code: bool,
    parallel_sync_tasks: int,
    log_format: LogFormat,
    log_level: LogLevel | None,
    no_progress: bool,
) -> ExitCode:
    """Decide for each image what a run would do: copy, move, complete, skip or nothing.

    Reads registries and writes to none. A stage that depends on others is planned on top of what
    these will have done.
    """
    from reposync.cli import parts
    from reposync.cli.ledger_file import check_ledger
    from reposync.cli.log_stream import open_log
    from reposync.cli.plan_run import Answer, conduct_plan
    from reposync.config.load import load
    from reposync.wiring.planning import PlanRequest, make_plan

    draw_on = open_log(log_format, log_level or "warning", progress=not no_progress)
    only = parts.only(pattern)
    loaded = load(paths, os.environ, verify_only=False)
    parts.check_stages(stage_names, loaded.config.stage_names)
    check_ledger(read_only=True)
    request = PlanRequest(loaded.digest, stage_names, only, sizes)
    return conduct_plan(
        lambda listener: make_plan(
            loaded.config,
            os.environ,
            request,
            images_at_once=parallel_sync_tasks,
            listener=listener,
        ),
        draw_on,
        Answer(output, plan_file, fails_on_difference=exit_code),
    )
