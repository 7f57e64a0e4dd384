"""The main command: finds the others by name, and one of them by default.

A command is a module with a ``command``, imported when it is called or listed. Such a module
imports click at its top and all else where it is used, so that help and completion are quick.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group whose commands live in *modules*; the one called *default* runs where none is named.

    A call names no command when it has no arguments, or begins with an option that is not the
    group's own. *usual* are the options of the default command that its usage shows.
    """

    def __init__(
        self,
        *,
        modules: Mapping[str, str],
        default: str,
        usual: str = "",
        **attributes: Any,  # noqa: ANN401 -- click's own
    ) -> None:
        super().__init__(**attributes)
        self._modules = modules
        self._default = default
        self._usual = usual

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which help shows them."""
        del ctx
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command *cmd_name*; None where there is no such command."""
        del ctx
        if cmd_name not in self._modules:
            return None
        command: click.Command = importlib.import_module(self._modules[cmd_name]).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command where none is named."""
        if self._names_no_command(ctx, args):
            args = [self._default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named first, or say which one may have been meant.

        Raises:
            click.UsageError: There is none of that name.
        """
        if args[0] not in self._modules and not ctx.resilient_parsing:
            raise click.UsageError(_unknown(args[0], self._modules, ctx.command_path), ctx)
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both ways to call, the default command with the options that are used most."""
        formatter.write_usage(ctx.command_path, f"[{self._default}] {self._usual}")
        own = [max(parameter.opts, key=len) for parameter in self.get_params(ctx)]
        arguments = " | ".join(["COMMAND [OPTIONS]", *own])
        formatter.write_usage(ctx.command_path, arguments, prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands; the options of each are in its own help: this fits a screen."""
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, and options of the default command beside the group's own."""
        found = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            known = {item.value for item in found}
            more = self._default_command(ctx).shell_complete(ctx, incomplete)
            found += [item for item in more if item.value not in known]
        return found

    def _names_no_command(self, ctx: click.Context, args: list[str]) -> bool:
        if not args:
            return not ctx.resilient_parsing
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        return args[0].startswith("-") and args[0] not in own

    def _default_command(self, ctx: click.Context) -> click.Command:
        command = self.get_command(ctx, self._default)
        if command is None:
            raise LookupError(f"the default command {self._default!r} has no module")
        return command


def _unknown(name: str, commands: Collection[str], program: str) -> str:
    from reposync.words import nearest

    meant = nearest(name, commands)
    if meant:
        return f"there is no command {name!r}; did you mean {meant!r}?"
    if Path(name).is_file():
        return f"there is no command {name!r}; to copy what that file says: {program} -c {name}"
    return f"there is no command {name!r}; there are: {', '.join(commands)}"
