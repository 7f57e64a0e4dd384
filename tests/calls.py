"""Calls of the command, taken apart by click as it does before it runs one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reposync.cli.root import root

if TYPE_CHECKING:
    from collections.abc import Sequence


def taken_apart(arguments: Sequence[str]) -> tuple[str | None, dict[str, Any]]:
    """Return the command that *arguments* call, and what it would be called with.

    Raises:
        click.UsageError: They are wrong.
    """
    with root.make_context("run-reposync", [*arguments]) as context:
        # What a group keeps for its command has another name since click 8.2.
        name = "_protected_args" if hasattr(context, "_protected_args") else "protected_args"
        words = [*getattr(context, name), *context.args]
        called, command, rest = root.resolve_command(context, words)
        assert command is not None
        return called, command.make_context(called, rest, parent=context).params
