"""The command's entry, and its outermost edge: every error becomes a sentence and an exit code.

Imports next to nothing: click, too, is imported when there is a call to take apart.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from reposync.cli import standard_streams
from reposync.cli.exit_code import ExitCode
from reposync.cli.program import PROGRAM, SHELL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_YOUNG_OBJECTS = 50_000


def main() -> NoReturn:
    """Run the command that the process was called with, and end the process."""
    # A run makes many small objects that live briefly, and its modules many that stay: looking
    # through them costs a tenth of it.
    gc.set_threshold(_YOUNG_OBJECTS)
    standard_streams.prepare()
    end(call(sys.argv[1:]))


def end(code: int) -> NoReturn:
    """End the process with *code*, at once; what cannot be written any more makes 0 a failure.

    What must be kept is in its file by now. Python would take 10 ms to forget everything one
    by one before it goes, and would wait for threads that a signal has left behind.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # nobody reads it any more
            continue
        except OSError:
            code = code or ExitCode.FAILED
    os._exit(code)


def call(arguments: Sequence[str]) -> int:
    """Run the command that *arguments* name and give the exit code."""
    if SHELL_VARIABLE in os.environ:
        from reposync.cli.shells import answer_shells

        answer_shells()

    def command() -> int:
        from reposync.cli.root import root

        code: int = root.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        return code

    return at_the_edge(command)


def at_the_edge(work: Callable[[], int]) -> int:
    """Do *work* and give its exit code, or tell of the error that ended it and give that one's."""
    import click

    try:
        return work()
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the edge
        return _explain(error)


def _explain(error: Exception) -> int:
    """Write what *error* says to standard error, and return its exit code."""
    import click

    from reposync.cli import complaint
    from reposync.errors import ConfigError, RepoSyncError, StorageError

    match error:
        case click.ClickException():
            with suppress(OSError):  # the exit code says so too
                error.show()
            return error.exit_code
        case ConfigError():
            complaint.tell_config_error(error)
            return ExitCode.WRONG
        case RepoSyncError():
            complaint.tell_error(error)
        case standard_streams.OutputError():
            complaint.tell_error(StorageError(str(error)))
        case _:
            complaint.tell_bug(error)
    return ExitCode.FAILED
