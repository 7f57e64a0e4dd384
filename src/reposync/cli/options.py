"""Options that several commands share, each with its environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from reposync.cli import suggestions

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., object]], Callable[..., object]]

CONFIG_VARIABLE = "REPOSYNC_CONFIG"
_VERBOSE = "reposync.verbose"
_PARALLEL_SYNC_TASKS = 100
REPORT_SUFFIXES = (".json", ".xml", ".md", ".html", ".prom")


def _files(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[str, ...]:
    if not paths and not context.resilient_parsing:
        raise click.UsageError(
            "no configuration file: use -c FILE, or the environment variable "
            f"{CONFIG_VARIABLE}; the file says which repositories are copied where.",
            context,
        )
    del parameter
    return _each_once(context, paths)


def _files_if_any(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[str, ...]:
    """Pass the files on; those of the variable alone where they are there, as in a container."""
    if context.get_parameter_source(str(parameter.name)) is ParameterSource.ENVIRONMENT:
        paths = tuple(path for path in paths if Path(path).exists())
    return _each_once(context, paths)


def _each_once(context: click.Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    twice = [path for number, path in enumerate(paths) if path in paths[:number]]
    if twice and not context.resilient_parsing:
        raise click.UsageError(f"{twice[0]} is named twice by -c; name each file once", context)
    return paths


def _reports(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[str, ...]:
    for path in paths:
        if not path.lower().endswith(REPORT_SUFFIXES):
            raise click.BadParameter(
                f"{path!r} is no report; its name ends in .json, .xml (JUnit), .md (Markdown), "
                ".html or .prom (Prometheus).",
                context,
                parameter,
            )
    return tuple(dict.fromkeys(paths))


def _remember_verbose(context: click.Context, parameter: click.Parameter, value: object) -> None:
    del parameter
    context.meta[_VERBOSE] = value


def _level_or_verbose(
    context: click.Context, parameter: click.Parameter, level: str | None
) -> str | None:
    """Let ``-v`` be the level where none is named."""
    del parameter
    return level or ("debug" if context.meta.get(_VERBOSE) else None)


def log_level(command: Callable[..., object]) -> Callable[..., object]:
    """Add ``--log-level`` to *command*, and ``-v`` as a short way to name its lowest."""
    return _level(_verbose(command))


def _config(callback: Callable[..., object], help_text: str) -> Decorator:
    return click.option(
        "-c",
        "--config",
        "paths",
        type=click.Path(),
        multiple=True,
        metavar="FILE",
        envvar=CONFIG_VARIABLE,
        callback=callback,
        help=help_text,
    )


config = _config(_files, "The configuration file (YAML); may be repeated.")
config_if_any = _config(_files_if_any, "The file whose registry is meant; may be repeated.")
parallel_sync_tasks = click.option(
    "--parallel-sync-tasks",
    type=click.IntRange(min=1),
    envvar="REPOSYNC_PARALLEL_SYNC_TASKS",
    default=_PARALLEL_SYNC_TASKS,
    show_default=True,
    metavar="N",
    help="Images copied at the same time.",
)


def stages(verb: str) -> Decorator:
    """Return the option ``--stage``; *verb* says in its help what is done."""
    return click.option(
        "--stage",
        "stage_names",
        multiple=True,
        envvar="REPOSYNC_STAGE",
        shell_complete=suggestions.stages,
        metavar="ID",
        help=f"{verb} only this stage; may be repeated.",
    )


def only(verb: str) -> Decorator:
    """Return the option ``--only``; *verb* says in its help what is done."""
    return click.option(
        "--only",
        "pattern",
        envvar="REPOSYNC_ONLY",
        shell_complete=suggestions.repositories,
        metavar="PATTERN",
        help=f"{verb} only these: repository[:tag], with *.",
    )


output = click.option(
    "-o",
    "--output",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    metavar="table|json",
    help="For people or for machines.",
)
log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    envvar="REPOSYNC_LOG_FORMAT",
    default="text",
    show_default=True,
    metavar="text|json",
    help="Format of log lines.",
)
_level = click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    envvar="REPOSYNC_LOG_LEVEL",
    metavar="LEVEL",
    callback=_level_or_verbose,
    help="debug (or -v), info, warning or error.",
)
_verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    is_eager=True,  # the level looks at it
    expose_value=False,
    hidden=True,  # the help of the level tells of it
    envvar="REPOSYNC_VERBOSE",
    callback=_remember_verbose,
)
no_progress = click.option(
    "--no-progress",
    is_flag=True,
    envvar="REPOSYNC_NO_PROGRESS",
    help="Log lines instead of drawn progress.",
)
report = click.option(
    "--report",
    "reports",
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    envvar="REPOSYNC_REPORT",
    callback=_reports,
    help="Write a report: .json, .xml, .md, .html, .prom.",
)
