"""One run on behalf of a user: who listens, who draws, what is said at the end.

Composes listeners around work that is handed in; knows nothing of files and registries.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reposync.cli import event_log, terminal
from reposync.cli.batch_work import batch_work
from reposync.cli.complaint import tell_not_allowed
from reposync.cli.exit_code import ExitCode
from reposync.cli.interruption import GRACE_S, Interruption
from reposync.cli.output import emit
from reposync.cli.report_file import ReportFiles
from reposync.cli.watching import last_words, watch
from reposync.report.summary import Summary, SummaryBuilder
from reposync.report.table import render
from reposync.sync.listeners import to_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rich.console import Console

    from reposync.cli.watching import Work


def conduct(
    work: Work,
    draw_on: Console | None,
    *,
    fail_on: Collection[str] = (),
    reports: ReportFiles | None = None,
    grace_s: float = GRACE_S,
) -> ExitCode:
    """Do *work*, show how it goes, and say what was done, also after an interruption or a bug.

    *fail_on* holds what is no failure by itself, and makes the exit code another: ``empty``, a
    destination for which nothing was selected, and ``skipped``, an image. A report that cannot be
    written makes a success a failure, and changes no other exit code.
    """
    summary, files = SummaryBuilder(), reports or ReportFiles()
    with Interruption(grace_s=grace_s, last_words=last_words(draw_on)) as interruption:
        listener = to_all(summary, *files.listeners, event_log.log)
        with batch_work(), _told_at_the_end(summary, files):
            watch(work, listener, interruption, draw_on)
    verdict = interruption.exit_code or _verdict(summary.build(), fail_on)
    return verdict if files.are_complete else verdict or ExitCode.FAILED


@contextmanager
def _told_at_the_end(summary: SummaryBuilder, files: ReportFiles) -> Iterator[None]:
    """Write the reports and the summary when the work has ended, by an error or not."""
    ended_by: BaseException | None = None
    try:
        yield
    except BaseException as error:
        ended_by = error
        raise
    finally:
        built = summary.build()
        try:
            files.write(built, ended_by)
        finally:
            tell(built)


def tell(summary: Summary) -> None:
    """Write *summary* to standard output, drawn or plain."""
    if not terminal.wants_table(sys.stdout, os.environ):
        emit(render(summary))
        return
    from reposync.cli.display import console
    from reposync.cli.summary_view import show

    on = console(sys.stdout)
    with on.capture() as capture:
        show(summary, on)
    emit(capture.get())


def _verdict(summary: Summary, fail_on: Collection[str]) -> ExitCode:
    """A run that did not come to its end, though nobody stopped it, is no success."""
    if summary.failed or summary.interrupted:
        return ExitCode.FAILED
    came_about = {
        "empty": len(summary.empty),
        "skipped": sum(skip.count for skip in summary.skips),
    }
    struck = {name: came_about[name] for name in fail_on if came_about[name]}
    if struck:
        tell_not_allowed(struck)
    return ExitCode.NOT_ALLOWED if struck else ExitCode.DONE
