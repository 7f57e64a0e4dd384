"""``run-reposync export``: our file, written as another tool's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reposync.cli import translation_options
from reposync.cli.options import config

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.interop.exporting import Goal

_EXAMPLES = """\
\b
Examples:
  run-reposync export -c reposync.yml --to regsync -o regsync.yml
  run-reposync export -c reposync.yml --to skopeo --allow-loss
"""


@click.command("export", short_help="Translate the file for another tool.", epilog=_EXAMPLES)
@config
@click.option(
    "--to",
    "tool",
    type=click.Choice(["dregsy", "regsync", "skopeo"]),
    metavar="TOOL",
    required=True,
    help="dregsy, regsync or skopeo (sync).",
)
@translation_options.output
@translation_options.force
@translation_options.allow_loss
@translation_options.strict
def command(
    *,
    paths: tuple[str, ...],
    tool: Goal,
    output: str | None,
    force: bool,
    allow_loss: bool,
    strict: bool,
) -> ExitCode:
    """Translate the file for dregsy, regsync or skopeo sync.

    What cannot be translated is reported with its line: a key without an equivalent is dropped; a
    destination that would get other tags stops the export, or is omitted with --allow-loss. No
    secret is needed or written.
    """
    from reposync.cli.log_stream import open_log
    from reposync.cli.translation import finish, writable
    from reposync.config.load import read_documents
    from reposync.interop.exporting import exported

    open_log("text", "info", progress=False)
    writable(output, force=force)
    document = read_documents(paths)
    done = exported(document, tool, allow_loss=allow_loss)
    return finish(done, document.name, output, strict=strict)
