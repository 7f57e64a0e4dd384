"""Translations: what ``import`` and ``export`` share: files in and out, and what is told."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
from msgspec.structs import replace

from reposync.cli.complaint import tell_problems
from reposync.cli.exit_code import ExitCode
from reposync.cli.output import emit
from reposync.config.reading import read_text, shown_name
from reposync.errors import ConfigError
from reposync.interop.importing import File
from reposync.report.units import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.diagnostic import Diagnostic

_log = logging.getLogger("reposync")


class Translated(Protocol):
    """A file in another language; ``lost`` is what it does not keep, ``notes`` what is to do."""

    @property
    def tool(self) -> str:
        """Whose language the other one is."""
        ...

    @property
    def text(self) -> str:
        """The new file."""
        ...

    @property
    def stages(self) -> int:
        """How many stages of ours it holds."""
        ...

    @property
    def lost(self) -> Sequence[Diagnostic]:
        """What it does not keep."""
        ...

    @property
    def notes(self) -> Sequence[Diagnostic]:
        """What is left to do."""
        ...


def read(path: str) -> File:
    """Read the file at *path*, or standard input for ``-``.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return File(shown_name(path), read_text(path))
    except ConfigError as error:
        raise ConfigError(
            tuple(
                replace(each, hint=each.hint.removesuffix(" after -c")) for each in error.problems
            )
        ) from error


def writable(path: str | None, *, force: bool) -> None:
    """Make sure that nothing is at *path* that would be lost, unless it may be.

    Raises:
        click.UsageError: A file is there, or a folder.
    """
    if path is None:
        return
    if Path(path).is_dir():
        raise click.UsageError(f"{path} is a folder; name a file in it")
    if Path(path).exists() and not force:
        raise click.UsageError(f"{path} is there already; --force overwrites it")


def finish(done: Translated, source: str, output: str | None, *, strict: bool) -> ExitCode:
    """Return what was not kept of *source*, a file's name, write the other, and give the exit code.

    Under *strict* nothing is written where anything was not kept.

    Raises:
        click.UsageError: The file cannot be written.
    """
    tell_problems(done.notes, logging.INFO)
    tell_problems(done.lost, logging.ERROR if strict else logging.WARNING)
    known = f"{count(done.stages, 'stage')} of {source} ({done.tool})"
    if strict and done.lost:
        _tell(f"{known}: {count(len(done.lost), 'thing')} not kept; --strict: nothing was written")
        return ExitCode.WRONG
    _write(done.text, output)
    _tell(f"{known}: {count(len(done.lost), 'thing')} not kept")
    return ExitCode.DONE


def _write(text: str, output: str | None) -> None:
    if output is None:
        emit(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.UsageError(f"{output} cannot be written: {reason}") from error


def _tell(message: str) -> None:
    _log.info("%s", message, extra={"bare": True, "event": "translated"})
