"""``run-reposync verify``: prove that the destinations hold what the file asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from reposync.cli import options

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.cli.logs import LogFormat, LogLevel
    from reposync.config.model import Config
    from reposync.verify.sampling import Share

_EPILOG = """\
\b
Example: run-reposync verify -c cfg.yml --depth bytes --sample 10% -o json

\b
Exit codes: 0 identical, 3 a difference, 1 something could not be checked,
2 the file or the call is wrong, 130 and 143 stopped by SIGINT and SIGTERM.
"""


def _shares(context: click.Context, parameter: click.Parameter, percent: str | None) -> int:
    from reposync.verify.sampling import share_count

    try:
        return share_count(percent) if percent is not None else 1
    except ValueError as error:
        raise click.BadParameter(f"{error}.", context, parameter) from error


@click.command(
    "verify", short_help="Prove that destinations hold what the file says.", epilog=_EPILOG
)
@options.config
@options.stages("Verify")
@options.only("Verify")
@click.option(
    "--depth",
    type=click.Choice(["tags", "manifests", "blobs", "bytes"]),
    envvar="REPOSYNC_DEPTH",
    default="blobs",
    metavar="DEPTH",
    help="tags, manifests, blobs (default) or bytes.",
)
@click.option(
    "--sample",
    "shares",
    envvar="REPOSYNC_SAMPLE",
    callback=_shares,
    metavar="N%",
    help="Verify one share, and the next at each call.",
)
@options.output
@options.log_format
@options.log_level
@options.no_progress
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    paths: tuple[str, ...],
    stage_names: tuple[str, ...],
    pattern: str | None,
    depth: str,
    shares: int,
    output: str,
    log_format: LogFormat,
    log_level: LogLevel | None,
    no_progress: bool,
) -> ExitCode:
    """Prove that the destinations hold what the file asks for; copy nothing."""
    from reposync.cli import parts
    from reposync.cli.log_stream import open_log
    from reposync.cli.verify_run import conduct, of_next_share
    from reposync.verify.depth import Depth
    from reposync.wiring.next_shares import call_of
    from reposync.wiring.verify import Request, verify

    draw_on = open_log(log_format, log_level, progress=not no_progress)
    only = parts.only(pattern)
    config = _loaded(paths)
    parts.check_stages(stage_names, config.stage_names)
    call = call_of(paths, sorted(stage_names), pattern, depth, shares)

    def verified(share: Share) -> ExitCode:
        request = Request(Depth(depth), share, stage_names, only)
        return conduct(
            lambda listener: verify(config, os.environ, request, listener), draw_on, output
        )

    return of_next_share(call, shares, verified)


def _loaded(paths: tuple[str, ...]) -> Config:
    import logging

    from reposync.cli.complaint import tell_problems
    from reposync.config.load import load

    loaded = load(paths, os.environ, verify_only=False)
    tell_problems(loaded.warnings, logging.WARNING)
    return loaded.config
