"""``run-reposync import``: another tool's file, written as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reposync.cli import translation_options as options

if TYPE_CHECKING:
    from reposync.cli.exit_code import ExitCode
    from reposync.interop.choice import Semver, Tool

_EXAMPLES = """\
\b
Examples:
  run-reposync import dregsy.yml -o reposync.yml
  run-reposync import images.yaml --auth auth.yaml
  run-reposync import skopeo.yml --destination registry.example.com/hub
"""


@click.command("import", short_help="Translate a file of another tool.", epilog=_EXAMPLES)
@click.argument("path", metavar="FILE", type=click.Path())
@options.output
@options.force
@click.option(
    "--from",
    "tool",
    type=click.Choice(["dregsy", "regsync", "image-syncer", "skopeo"]),
    metavar="TOOL",
    help="dregsy, regsync, image-syncer or skopeo; detected by default.",
)
@click.option(
    "--auth", "auth", type=click.Path(), metavar="FILE", help="The second file of image-syncer."
)
@click.option(
    "--destination",
    default="",
    metavar="HOST[/PATH]",
    help="The destination of skopeo sync, which is not in its file.",
)
@click.option("--scoped", is_flag=True, help="skopeo sync was called with --scoped.")
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="OS/ARCH",
    help="The platform that the tool copied, if its file does not say; or all.",
)
@click.option(
    "--semver",
    type=click.Choice(["exact", "ours"]),
    default="exact",
    metavar="exact|ours",
    help="Version ranges: the tool's tags (exact), or our own ranges.",
)
@options.allow_loss
@options.strict
def command(  # noqa: PLR0913 -- as many as the command has options
    *,
    path: str,
    output: str | None,
    force: bool,
    tool: Tool | None,
    auth: str | None,
    destination: str,
    scoped: bool,
    platforms: tuple[str, ...],
    semver: Semver,
    allow_loss: bool,
    strict: bool,
) -> ExitCode:
    """Translate a file of dregsy, regsync, image-syncer or skopeo sync.

    The same tags are selected. What cannot be translated is reported with its line: a key without
    an equivalent is dropped; an entry that would copy something else stops the import, or is
    omitted with --allow-loss. Passwords are never written: variables replace them.
    """
    from reposync.cli.log_stream import open_log
    from reposync.cli.translation import finish, read, writable
    from reposync.config.reading import shown_name
    from reposync.interop.choice import Choice
    from reposync.interop.importing import imported

    open_log("text", "info", progress=False)
    writable(output, force=force)
    done = imported(
        read(path),
        Choice(semver, platforms, destination, scoped),
        tool,
        auth=read(auth) if auth else None,
        allow_loss=allow_loss,
    )
    return finish(done, shown_name(path), output, strict=strict)
