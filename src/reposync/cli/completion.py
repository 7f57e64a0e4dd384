"""``run-reposync completion``: the script that lets a shell complete our commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reposync.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from reposync.cli.shells import Shell

_EXAMPLES = """\
\b
Examples, for ~/.bashrc, ~/.zshrc (after compinit) and config.fish:
  source <(run-reposync completion bash)
  source <(run-reposync completion zsh)
  run-reposync completion fish | source
"""


@click.command("completion", short_help="Print the completion script of a shell.", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
@click.pass_context
def command(context: click.Context, *, shell: Shell) -> ExitCode:
    """Print the script for completion of commands, options and values.

    The names of stages and repositories come from the file after -c. No registry is contacted.
    """
    from reposync.cli.output import emit
    from reposync.cli.shells import script

    emit(script(shell, context.find_root().command))
    return ExitCode.DONE
