"""The command's entry, and its outermost edge: every error becomes a sentence and an exit code.

Imports next to nothing: click, too, is imported when there is a call to take apart.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

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
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the locale cannot write is no reason to lose a summary.
        sys.stdout.reconfigure(errors="backslashreplace")
    end(call(sys.argv[1:]))


def end(code: int) -> NoReturn:
    """End the process with *code*, at once; what cannot be written any more makes 0 a failure.

    What was to be kept stands in its file by now. Python would take 10 ms to forget everything one
    by one before it goes, and would wait for threads that a signal has left behind.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # nobody has closed it
                stream.flush()
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

    from reposync.errors import ConfigError, RepoSyncError

    try:
        return work()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except ConfigError as error:
        from reposync.cli.complaint import tell_config_error

        tell_config_error(error)
        return ExitCode.WRONG
    except RepoSyncError as error:
        from reposync.cli.complaint import tell_error

        tell_error(error)
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 -- the edge: what comes here is a bug
        from reposync.cli.complaint import tell_bug

        tell_bug(error)
        return ExitCode.FAILED
