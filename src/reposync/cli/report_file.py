"""Report files: whether they can be written, then their writing, whole or not at all.

What reports say is decided elsewhere; here are the files, and what is said when one cannot be had.
"""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from reposync.cli.whole_file import replace_file
from reposync.report.journal import Journal
from reposync.report.run_facts import RunFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reposync.report.journal import Report
    from reposync.report.summary import Summary

_log = logging.getLogger("reposync")
_WITHOUT_IMAGES = (".md", ".prom")
_PREVIOUS_LIMIT_BYTES = 16 * 1024 * 1024


class ReportFiles:
    """The reports of one run; its ``listeners`` must hear all that happens in it.

    ``are_complete`` tells afterwards whether each of *paths* holds its report; the step summary of
    a job on GitHub, if one is named, is an extra that does not count.
    """

    def __init__(
        self,
        paths: Iterable[str] = (),
        spool: BinaryIO | None = None,
        step_summary: str = "",
        facts: RunFacts | None = None,
    ) -> None:
        self.journal = Journal(spool)
        self.are_complete = True
        self._paths = tuple(paths)
        self._step_summary = step_summary
        self._facts = facts or RunFacts()
        self.listeners = (self.journal,) if self._paths or step_summary else ()
        """None where nobody wants a report."""

    def write(self, summary: Summary, error: BaseException | None = None) -> None:
        """Write all reports of a run that *error* ended, if anything did; tell what fails.

        What was at a path stays until the new report is whole.
        """
        report = self.journal.report(summary, error)
        for path in self._paths:
            trouble = self._write(path, report)
            if trouble is not None:
                self.are_complete = False
                reason = (trouble.strerror or str(trouble)).lower()
                _tell(f"the report {path} cannot be written: {reason}")
        if self._step_summary:
            from reposync.cli import step_summary

            step_summary.append(self._step_summary, report)

    def _write(self, path: str, report: Report) -> OSError | None:
        if self.journal.trouble is not None and _needs_images(path):
            return self.journal.trouble
        try:
            replace_file(Path(os.path.realpath(path)), self._chunks(path, report))
        except OSError as error:
            return error
        return None

    def _chunks(self, path: str, report: Report) -> Iterator[str]:
        suffix = path.lower().rpartition(".")[2]
        if suffix == "prom":
            from reposync.report.prometheus import chunks

            return chunks(report, self._facts, _previous(path))
        return _format(suffix)(report)


@contextmanager
def open_reports(
    paths: Sequence[str], step_summary: str = "", facts: RunFacts | None = None
) -> Iterator[ReportFiles]:
    """Make sure that reports can be written to *paths*, and give what will write them.

    What is reported of the images waits in a file without a name beside the first report that
    tells of them: nothing of it is left when the process is killed.

    Raises:
        click.UsageError: One cannot be written.
    """
    with ExitStack() as stack:
        spool: BinaryIO | None = None
        for path in paths:
            try:
                file = _nameless_beside(path)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise click.UsageError(
                    f"the report {path} cannot be written: {reason}; nothing was done"
                ) from error
            stack.callback(_close, file)
            if spool is None and _needs_images(path):
                spool = file
        yield ReportFiles(paths, spool, step_summary, facts)


def _nameless_beside(path: str) -> BinaryIO:
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    from tempfile import TemporaryFile

    file: BinaryIO = TemporaryFile(dir=target.parent)  # noqa: SIM115 -- the caller's
    return file


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # what is not written yet is not needed any more
        file.close()


def _needs_images(path: str) -> bool:
    return not path.lower().endswith(_WITHOUT_IMAGES)


def _format(suffix: str) -> Callable[[Report], Iterator[str]]:
    match suffix:
        case "json":
            from reposync.report.json_report import chunks
        case "xml":
            from reposync.report.junit import chunks
        case "html":
            from reposync.report.html.page import chunks
        case _:
            from reposync.report.markdown import chunks
    return chunks


def _previous(path: str) -> str:
    """Return what the file at *path* holds; nothing where there is none that can be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(_PREVIOUS_LIMIT_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _tell(message: str) -> None:
    _log.error("%s", message, extra={"bare": True, "event": "report_failed"})
