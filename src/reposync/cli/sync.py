"""``run-reposync sync``: run every stage of a file, or check the file alone."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options
from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from reposync.cli.logs import LogFormat, LogLevel
    from reposync.config.model import Config

_EPILOG = """\
\b
Examples:
  run-reposync -c cfg.yml --verify-only
  run-reposync -c cfg.yml --stage mirror --stage promote --report run.json
  run-reposync -c cfg.yml --only 'team/*:1.2*' -v

\b
Exit codes: 0 done, 1 something failed, 2 the file or the call is wrong,
4 a fail_on condition was met, 130 and 143 stopped by SIGINT and SIGTERM.
Each option has an environment variable: --log-level is REPOSYNC_LOG_LEVEL.
"""


@click.command(
    "sync",
    short_help="Copy what the file asks for; the default command.",
    epilog=_EPILOG,
)
@options.config
@click.option(
    "--verify-only",
    is_flag=True,
    envvar="REPOSYNC_VERIFY_ONLY",
    help="Check the file; copy nothing, contact no registry.",
)
@options.parallel_sync_tasks
@options.stages("Run")
@options.only("Copy")
@options.report
@options.log_format
@options.log_level
@options.no_progress
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    paths: tuple[str, ...],
    verify_only: bool,
    parallel_sync_tasks: int,
    stage_names: tuple[str, ...],
    pattern: str | None,
    reports: tuple[str, ...],
    log_format: LogFormat,
    log_level: LogLevel | None,
    no_progress: bool,
) -> ExitCode:
    """Copy every image that the file asks for, and is not there yet, to its destinations.

    An image that fails stops nothing else. Progress is shown on a terminal, log lines elsewhere;
    a summary of what was done and what failed ends the run.
    """
    from reposync.cli import parts
    from reposync.cli.log_stream import open_log

    draw_on = open_log(log_format, log_level, progress=not (no_progress or verify_only))
    only = parts.only(pattern)
    config = _loaded(paths, verify_only=verify_only)
    parts.check_stages(stage_names, config.stage_names)
    if verify_only:
        return _tell_valid(paths, config)
    from reposync.cli.ledger_file import check_ledger
    from reposync.cli.report_file import open_reports
    from reposync.cli.run import conduct
    from reposync.report.run_facts import RunFacts
    from reposync.wiring.measurements import Measurements
    from reposync.wiring.run import sync

    check_ledger()
    measurements = Measurements()
    facts = RunFacts(
        file_stages=config.stage_names,
        run_stages=stage_names or config.stage_names,
        is_partial=only is not None,
        hosts=measurements.hosts,
    )
    with open_reports(reports, os.environ.get("GITHUB_STEP_SUMMARY", ""), facts) as files:
        return conduct(
            lambda listener: sync(
                config,
                os.environ,
                parallel_sync_tasks=parallel_sync_tasks,
                listener=listener,
                stages=stage_names,
                only=only,
                measurements=measurements,
            ),
            draw_on,
            fail_on=config.fail_on,
            reports=files,
        )


def _loaded(paths: tuple[str, ...], *, verify_only: bool) -> Config:
    from reposync.cli.complaint import tell_problems
    from reposync.config.load import load

    loaded = load(paths, os.environ, verify_only=verify_only)
    tell_problems(loaded.warnings, logging.WARNING)
    return loaded.config


def _tell_valid(paths: tuple[str, ...], config: Config) -> ExitCode:
    from reposync.cli.output import emit
    from reposync.config.reading import shown_name
    from reposync.report.units import count

    registries = count(len(config.registries), "registry", "registries")
    names, verb = ", ".join(map(shown_name, paths)), "is" if len(paths) == 1 else "are"
    emit(f"{names} {verb} valid: {registries}, {count(len(config.stages), 'stage')}\n")
    return ExitCode.DONE
