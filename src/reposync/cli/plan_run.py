"""One plan on behalf of a user: who watches, what is written, how the call ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from reposync.cli import event_log, terminal
from reposync.cli.batch_work import batch_work
from reposync.cli.exit_code import ExitCode
from reposync.cli.interruption import Interruption
from reposync.cli.output import emit
from reposync.cli.watching import last_words, watch
from reposync.cli.whole_file import replace_file
from reposync.decision import Action
from reposync.plan.codec import encode
from reposync.report.plan_table import plan_lines
from reposync.sync.listeners import to_all

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from rich.console import Console

    from reposync.errors import RepoSyncError
    from reposync.plan.document import Plan
    from reposync.sync.events import Listener

    MakePlan = Callable[[Listener], Coroutine[Any, Any, tuple[Plan, Mapping[str, RepoSyncError]]]]


class Answer(Struct, frozen=True):
    """What a user wants of a plan: its form on standard output, a file, an exit code."""

    output: str = "table"
    file: str | None = None
    fails_on_difference: bool = False


def conduct_plan(make: MakePlan, draw_on: Console | None, answer: Answer) -> ExitCode:
    """Make a plan and write it.

    Raises:
        click.UsageError: The plan's file cannot be written; found out before anything is asked.
    """
    if answer.file is not None:
        _check_writable(answer.file)
    made: list[tuple[Plan, Mapping[str, RepoSyncError]]] = []

    async def work(listener: Listener) -> None:
        made.append(await make(listener))

    with Interruption(last_words=last_words(draw_on)) as interruption, batch_work():
        watch(work, to_all(event_log.log), interruption, draw_on)
    if not made:
        return interruption.exit_code or ExitCode.FAILED
    plan, errors = made[0]
    if answer.file is not None:
        _write(answer.file, plan)
    if answer.output == "json":
        emit(encode(plan).decode())
    else:
        _show(plan, errors)
    return interruption.exit_code or _verdict(plan, answer)


def _write(path: str, plan: Plan) -> None:
    try:
        replace_file(Path(os.path.realpath(path)), [encode(plan).decode()])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"the plan {path} cannot be written: {reason}") from error


def _verdict(plan: Plan, answer: Answer) -> ExitCode:
    actions = {decision.action for decision in plan.decisions}
    if Action.ERROR in actions:
        return ExitCode.FAILED
    if answer.fails_on_difference and actions - {Action.UP_TO_DATE}:
        return ExitCode.DIFFERENT
    return ExitCode.DONE


def _show(plan: Plan, errors: Mapping[str, RepoSyncError]) -> None:
    if not terminal.wants_table(sys.stdout, os.environ):
        emit("".join(f"{line.text}\n" for line in plan_lines(plan, errors)))
        return
    from rich.text import Text

    from reposync.cli.display import console
    from reposync.cli.glyphs import glyphs

    on = console(sys.stdout)
    with on.capture() as capture:
        for line in plan_lines(plan, errors, on.width, glyphs(on.encoding).ellipsis):
            on.print(Text(line.text, style=line.style), soft_wrap=True)
    emit(capture.get())


def _check_writable(path: str) -> None:
    """Write nothing beside where the plan will be, and take that away."""
    if path == "-":
        raise click.UsageError("--out takes the name of a file; -o json prints the plan")
    target = Path(os.path.realpath(path))
    problem = "it is a folder" if target.is_dir() else ""
    if not problem and not target.parent.is_dir():
        problem = f"there is no folder {target.parent}"
    if not problem:
        try:
            replace_file(target.with_name(f".{target.name}.probe"), [])
            target.with_name(f".{target.name}.probe").unlink()
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
    if problem:
        raise click.UsageError(f"the plan {path} cannot be written: {problem}; nothing was asked")
