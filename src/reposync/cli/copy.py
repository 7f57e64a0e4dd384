"""``run-reposync copy``: one image, or all tags of a repository, without a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.cli.logs import LogFormat, LogLevel
    from reposync.wiring.one_off import OneOff

_EPILOG = """\
\b
Examples:
  run-reposync copy alpine:3.20 registry.example.com/mirror/alpine
  run-reposync copy --all-tags localhost:5000/team/app oci:bundle.tar
  run-reposync copy oci:bundle:1.0 http://registry:5000/team/app:stable

\b
Exit codes: 0 done, 1 something failed, 2 the call is wrong,
130 and 143 stopped by SIGINT and SIGTERM.
"""


@click.command(
    "copy", short_help="Copy one image, or a whole repository, without a file.", epilog=_EPILOG
)
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DST")
@click.option("--all-tags", is_flag=True, help="Copy every tag; SRC and DST are repositories.")
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="OS/ARCH",
    help="Copy this platform only; may be repeated.",
)
@click.option("--no-referrers", is_flag=True, help="Do not copy signatures and SBOMs.")
@click.option(
    "--skip-tls-verify", is_flag=True, help="Do not check certificates; allow plain HTTP."
)
@options.parallel_sync_tasks
@options.report
@options.log_format
@options.log_level
@options.no_progress
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    source: str,
    destination: str,
    all_tags: bool,
    platforms: tuple[str, ...],
    no_referrers: bool,
    skip_tls_verify: bool,
    parallel_sync_tasks: int,
    reports: tuple[str, ...],
    log_format: LogFormat,
    log_level: LogLevel | None,
    no_progress: bool,
) -> ExitCode:
    """Copy the image SRC, with its signatures and other referrers, to DST.

    An image is [HOST/]REPOSITORY[:TAG][@DIGEST], or oci:PATH[:TAG] in an OCI image layout, a
    directory or a .tar file. Without a tag, DST gets the tag of SRC. TLS is required,
    except on this machine; http:// in front of the host means plain HTTP. Credentials are those
    of docker or podman.
    """
    from reposync.cli.ledger_file import check_ledger
    from reposync.cli.log_stream import open_log
    from reposync.cli.report_file import open_reports
    from reposync.cli.run import conduct
    from reposync.report.run_facts import RunFacts
    from reposync.wiring.measurements import Measurements
    from reposync.wiring.run import copy

    draw_on = open_log(log_format, log_level, progress=not no_progress)
    wanted = _understood(
        source,
        destination,
        all_tags=all_tags,
        platforms=platforms,
        referrers=not no_referrers,
        skip_tls_verify=skip_tls_verify,
    )
    check_ledger()
    measurements = Measurements()
    stages = (wanted.stage.name,)
    facts = RunFacts(file_stages=stages, run_stages=stages, hosts=measurements.hosts)
    with open_reports(reports, os.environ.get("GITHUB_STEP_SUMMARY", ""), facts) as files:
        return conduct(
            lambda listener: copy(
                wanted,
                os.environ,
                parallel_sync_tasks=parallel_sync_tasks,
                listener=listener,
                measurements=measurements,
            ),
            draw_on,
            reports=files,
        )


def _understood(
    source: str,
    destination: str,
    *,
    all_tags: bool,
    platforms: tuple[str, ...],
    referrers: bool,
    skip_tls_verify: bool,
) -> OneOff:
    """Read what is to be copied.

    Raises:
        click.UsageError: A name is wrong.
    """
    from reposync.errors import InvalidReferenceError
    from reposync.wiring.one_off import one_off

    try:
        return one_off(
            source,
            destination,
            all_tags=all_tags,
            platforms=platforms,
            referrers=referrers,
            skip_tls_verify=skip_tls_verify,
        )
    except InvalidReferenceError as error:
        raise click.UsageError(f"{error}; {error.hint}" if error.hint else str(error)) from error
