"""What is said of errors that end a call: sentences, and a traceback for those who ask for it."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from reposync.report.units import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.diagnostic import Diagnostic
    from reposync.errors import ConfigError, RepoSyncError

_log = logging.getLogger("reposync")


def tell_problems(problems: Iterable[Diagnostic], level: int) -> None:
    """Write each problem on a line of its own, its place first, as editors know to read it."""
    for problem in problems:
        fields = asdict(problem)
        # The record has a message of its own; the sentence alone is in "problem".
        fields["problem"] = fields.pop("message")
        _log.log(level, problem, extra={"bare": True, "event": "problem", "fields": fields})


def tell_config_error(error: ConfigError) -> None:
    """Write all that is wrong in a file, then how much it is."""
    tell_problems(error.problems, logging.ERROR)
    files = ", ".join(sorted({problem.path for problem in error.problems}))
    _tell(f"{count(len(error.problems), 'problem')} in {files}; nothing was done")


def tell_error(error: RepoSyncError) -> None:
    """Write the sentence and the advice of an error that stopped everything."""
    _tell(f"{error}; {error.hint}" if error.hint else str(error))


def tell_not_allowed(struck: Mapping[str, int]) -> None:
    """Return why a run in which nothing failed is no success: the words of ``fail_on``, counted."""
    listed = ", ".join(f"{number} {name}" for name, number in struck.items())
    fields = {"event": "not_allowed", "fields": dict(struck), "bare": True}
    _log.error("the file's fail_on does not let this pass: %s", listed, extra=fields)


def tell_bug(error: BaseException) -> None:
    """Own up to a bug: where it is, but not what it says, which may hold anything.

    Of several that came at once, the first one speaks for all.
    """
    first = error
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    _tell(
        f"this is a bug in reposync: {type(first).__name__} in {_place(first)}; "
        "please report it, with what --log-level debug says of it"
    )
    _log.debug("the bug's traceback", exc_info=error)


def _tell(message: str) -> None:
    _log.error("%s", message, extra={"bare": True})


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
