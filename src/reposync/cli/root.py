"""The command as click knows it: its commands, its own options, its help."""

from __future__ import annotations

import click

from reposync import __version__
from reposync.cli.group import LazyGroup
from reposync.cli.program import PROGRAM

_COMMANDS = {
    "sync": "reposync.cli.sync",
    "plan": "reposync.cli.plan",
    "apply": "reposync.cli.apply",
    "verify": "reposync.cli.verify",
    "copy": "reposync.cli.copy",
    "explain": "reposync.cli.explain",
    "doctor": "reposync.cli.doctor",
    "import": "reposync.cli.import_",
    "export": "reposync.cli.export",
    "schema": "reposync.cli.schema",
    "completion": "reposync.cli.completion",
}


@click.group(
    cls=LazyGroup,
    modules=_COMMANDS,
    default="sync",
    usual="-c FILE [--verify-only] [--stage ID]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="""\b
Example: run-reposync -c cfg.yml --stage mirror --only 'team/*:1.2*'
More options, examples, exit codes, variables: run-reposync sync --help
""",
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def root() -> None:
    """Keeps container repositories in step across registries."""
