"""``run-reposync schema``: the JSON Schema of the file."""

from __future__ import annotations

import click

from reposync.cli.exit_code import ExitCode

_EXAMPLES = """\
\b
Example:
  run-reposync schema > reposync.schema.json
"""


@click.command(
    "schema", short_help="Print the JSON Schema of the file, for editors.", epilog=_EXAMPLES
)
def command() -> ExitCode:
    """Print the JSON Schema of the file, for editors that complete and check as you type."""
    import json

    from reposync.cli.output import emit
    from reposync.config.schema import schema

    emit(json.dumps(schema(), indent=2) + "\n")
    return ExitCode.DONE
