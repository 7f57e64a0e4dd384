"""``run-reposync apply``: do what a plan says, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.cli.logs import LogFormat, LogLevel
    from reposync.config.load import Loaded
    from reposync.plan.document import Plan

_LIMIT_BYTES = 1024 * 1024 * 1024
_EPILOG = """\
\b
Examples:
  run-reposync plan -c cfg.yml --out plan.json
  run-reposync apply plan.json -c cfg.yml

\b
Exit codes: 0 done, 1 something failed or changed since the plan, 2 the file,
the plan or the call is wrong, 130 and 143 stopped by SIGINT and SIGTERM.
"""


@click.command("apply", short_help="Do what a plan says, and nothing else.", epilog=_EPILOG)
@click.argument("plan_file", metavar="PLAN.json", type=click.Path())
@options.config
@options.parallel_sync_tasks
@options.report
@options.log_format
@options.log_level
@options.no_progress
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    plan_file: str,
    paths: tuple[str, ...],
    parallel_sync_tasks: int,
    reports: tuple[str, ...],
    log_format: LogFormat,
    log_level: LogLevel | None,
    no_progress: bool,
) -> ExitCode:
    """Copy what PLAN.json says, each image by the digest in the plan.

    A destination tag that changed since the plan is left alone, and the exit code is 1. A plan that
    was edited, or made of another file, is refused. Applying it twice changes nothing the second
    time.
    """
    from reposync.cli.ledger_file import check_ledger
    from reposync.cli.log_stream import open_log
    from reposync.cli.report_file import open_reports
    from reposync.cli.run import conduct
    from reposync.config.load import load
    from reposync.report.run_facts import RunFacts
    from reposync.wiring.applying import apply, planned_stages
    from reposync.wiring.measurements import Measurements

    draw_on = open_log(log_format, log_level, progress=not no_progress)
    loaded = load(paths, os.environ, verify_only=False)
    made = _read(plan_file, loaded)
    check_ledger()
    measurements = Measurements()
    facts = RunFacts(
        file_stages=loaded.config.stage_names,
        run_stages=planned_stages(loaded.config, made),
        hosts=measurements.hosts,
    )
    with open_reports(reports, os.environ.get("GITHUB_STEP_SUMMARY", ""), facts) as files:
        return conduct(
            lambda listener: apply(
                loaded.config,
                os.environ,
                made,
                parallel_sync_tasks=parallel_sync_tasks,
                listener=listener,
                measurements=measurements,
            ),
            draw_on,
            fail_on=loaded.config.fail_on,
            reports=files,
        )


def _read(path: str, loaded: Loaded) -> Plan:
    import sys
    from pathlib import Path

    from reposync.plan.codec import PlanError
    from reposync.wiring.applying import read_plan

    try:
        if path == "-":
            content = sys.stdin.buffer.read(_LIMIT_BYTES)
        else:
            with Path(path).open("rb") as file:
                content = file.read(_LIMIT_BYTES)
        return read_plan(content, loaded.config, loaded.digest)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.UsageError(f"the plan {path} cannot be read: {reason}") from error
    except PlanError as error:
        raise click.UsageError(
            f"the plan {path} cannot be applied: {error}; {error.hint}; nothing was done"
        ) from error
