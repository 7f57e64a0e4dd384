"""``run-reposync doctor``: what a registry is and does, and how that was found out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import click

from reposync.cli import options, suggestions
from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from reposync.cli.logs import LogLevel
    from reposync.doctor.fields import Examination
    from reposync.wiring.doctor import Target

_EPILOG = """\
\b
Examples:
  run-reposync doctor registry.example.com -o json
  run-reposync doctor -c cfg.yml master --write team/scratch

\b
Exit codes: 0 reachable and asked, 1 not reachable or credentials refused,
2 the file or the call is wrong, 130 and 143 stopped by a signal.
"""
_NARROWEST, _WIDEST = 60, 100
_CLEANING_S = 70.0


@click.command("doctor", short_help="Find out what a registry supports.", epilog=_EPILOG)
@click.argument("target", metavar="HOST|KEY", shell_complete=suggestions.registries)
@options.config_if_any
@click.option("--repository", metavar="NAME", help="Ask about the images of this repository.")
@click.option(
    "--write",
    metavar="REPOSITORY",
    help="Also push and delete, in this scratch repository.",
)
@options.output
@click.option(
    "--skip-tls-verify", is_flag=True, help="Check no certificate; use plain HTTP without TLS."
)
@options.log_level
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    target: str,
    paths: tuple[str, ...],
    repository: str | None,
    write: str | None,
    output: Literal["table", "json"],
    skip_tls_verify: bool,
    log_level: LogLevel | None,
) -> ExitCode:
    """Find out what a registry is and does, and how each of it was found out.

    HOST uses TLS, on this machine plain HTTP too; http:// in front means plain HTTP. KEY is one of
    the file's `registries`. Only GET and HEAD are sent; --write also tries uploads, mounts and
    deletion, in a scratch repository.
    """
    from reposync.cli.interruption import Interruption
    from reposync.cli.log_stream import open_log
    from reposync.wiring.doctor import doctor

    open_log("text", log_level or "warning", progress=False)
    meant = _meant(target, paths, (repository, write), skip_tls_verify=skip_tls_verify)
    found: list[Examination] = []

    async def work() -> None:
        found.append(await doctor(meant, os.environ))

    with Interruption(grace_s=_CLEANING_S) as interruption:
        interruption.run(work)
    if interruption.exit_code is not None or not found:
        return interruption.exit_code or ExitCode.FAILED
    _show(found[0], output)
    return ExitCode.DONE if found[0].error is None else ExitCode.FAILED


def _meant(
    text: str,
    paths: tuple[str, ...],
    repositories: tuple[str | None, str | None],
    *,
    skip_tls_verify: bool,
) -> Target:
    """Read which registry is meant, and which repositories.

    Raises:
        click.UsageError: There is none of that name, or a name is wrong.
        ConfigError: The file is wrong, or what the registry needs is not there.
    """
    from reposync.errors import InvalidReferenceError
    from reposync.wiring.doctor import asking, target_of_host

    try:
        meant = _of_key(text, paths, skip_tls_verify=skip_tls_verify) if paths else None
        return asking(meant or target_of_host(text, skip_tls_verify=skip_tls_verify), *repositories)
    except InvalidReferenceError as error:
        raise click.UsageError(f"{error}; {error.hint}" if error.hint else str(error)) from error


def _of_key(text: str, paths: tuple[str, ...], *, skip_tls_verify: bool) -> Target | None:
    """Return the registry of the key *text*; None where that is a host instead.

    Raises:
        click.UsageError: It is neither.
    """
    from reposync.config.finding import listed
    from reposync.config.load import load
    from reposync.oci.image_name import names_host
    from reposync.wiring.doctor import target_of_key
    from reposync.words import nearest, quoted

    config = load(paths, os.environ, verify_only=False, registry=text).config
    if text in config.registries:
        return target_of_key(config, text, skip_tls_verify=skip_tls_verify)
    if names_host(text):
        return None
    meant = nearest(text, config.registries)
    keys = [*config.registries]
    hint = f"did you mean {quoted(meant)}?" if meant else f"there are: {listed(keys)}"
    raise click.UsageError(f"there is no registry {quoted(text)} in the file; {hint}")


def _show(examination: Examination, form: Literal["table", "json"]) -> None:
    import json
    import shutil

    import msgspec

    from reposync.cli.output import emit
    from reposync.doctor.findings_table import render

    if form == "json":
        emit(json.dumps(msgspec.to_builtins(examination.report), indent=2) + "\n")
        return
    columns = shutil.get_terminal_size().columns
    emit(render(examination, min(max(columns, _NARROWEST), _WIDEST)))
