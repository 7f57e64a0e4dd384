"""Which ledger a run uses: a file of the user's, or memory where there is none."""

from __future__ import annotations

import logging
import os.path
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.copy.ledger_protocol import Ledger, MemoryLedger, ReadOnlyLedger
from reposync.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from reposync.ledger.sqlite_ledger import SqliteLedger
    from reposync.oci.reference import Reference

_log = logging.getLogger("reposync.ledger")

VARIABLE = "REPOSYNC_LEDGER"


def open_ledger(
    environ: Mapping[str, str], *, read_only: bool = False
) -> AbstractContextManager[Ledger]:
    """Open the file that the environment names, or the usual one.

    An empty name means none. With *read_only* nothing is recorded, and no file is made.

    Raises:
        StorageError: The file that was named cannot be used; without the usual one, a run goes on.
    """
    named, file = environ.get(VARIABLE), ledger_file(environ)
    if file is None or (read_only and not os.path.exists(file)):  # noqa: PTH110 -- never raises
        return nullcontext(MemoryLedger())
    from reposync.ledger.sqlite_ledger import SqliteLedger  # noqa: PLC0415 -- not every run has one

    try:
        ledger = SqliteLedger(file, _name)
    except StorageError as error:
        if named is not None:
            raise
        _log.debug("%s", error)
        return nullcontext(MemoryLedger())
    return _recalling(ledger) if read_only else ledger


@contextmanager
def _recalling(ledger: SqliteLedger) -> Iterator[Ledger]:
    with ledger:
        yield ReadOnlyLedger(ledger)


def ledger_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file that the environment names, or the usual one; None where it names none."""
    named = environ.get(VARIABLE)
    if named is None:
        return _usual(environ)
    return Path(named) if named else None


def _usual(environ: Mapping[str, str]) -> Path | None:
    """Spec: XDG Base Directory Specification, "XDG_STATE_HOME"."""
    state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if Path(state).is_absolute():
        return Path(state, "reposync", "ledger.sqlite3")
    return Path(home, ".local", "state", "reposync", "ledger.sqlite3") if home else None


def _name(place: Reference) -> str:
    """Name a place alike in any folder where the run was started."""
    kind, colon, path = place.registry.partition("oci:")
    if kind or not colon:
        return str(place)
    return str(place).replace(place.registry, f"oci:{os.path.realpath(path)}", 1)
