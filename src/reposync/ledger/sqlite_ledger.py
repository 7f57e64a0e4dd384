"""The ledger as an SQLite file: one row for each tag at a destination.

It saves requests and is never required: what it does not hold is requested from the registries. So
a file that cannot be read or written causes only one warning. Several processes may share it.
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Self

from reposync.errors import InvalidReferenceError, StorageError
from reposync.ledger.connection import connected
from reposync.ledger.writer import Writer
from reposync.oci.digest import Digest
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.oci.reference import Reference

_log = logging.getLogger("reposync.ledger")

_RECALL = "SELECT source, form, there, put_at, stage, origin FROM tags WHERE place = ?"


class SqliteLedger:
    """A ledger in *file*; *name_of* returns the name of a place in it.

    Raises:
        StorageError: The file cannot be opened, or is not a ledger.
    """

    def __init__(self, file: Path, name_of: Callable[[Reference], str] = str) -> None:
        self._file = file
        self._name_of = name_of
        self._is_usable = True
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.open("ab").close()  # the error names the cause, which SQLite does not report
            self._connection = connected(file)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the ledger {file} cannot be used: {_reason(error)}",
                hint="set REPOSYNC_LEDGER to another file, or to nothing to run without a ledger",
            ) from error
        self._writer = Writer(file)

    def __enter__(self) -> Self:
        """Return the ledger, which is already open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is still to be written, and close the file."""
        error = self._writer.close()
        if error is not None:
            self._complain("written", error)
        self._connection.close()

    def recall(self, place: Reference) -> SyncRecord | None:
        """See ``Ledger``."""
        name = self._name_of(place)
        waiting = self._writer.waiting(name)
        if waiting is not None:
            return waiting
        try:
            row = self._connection.execute(_RECALL, (name,)).fetchone()
            return _record(row) if row else None
        except (sqlite3.Error, InvalidReferenceError, ValueError) as error:
            self._complain("read", error)
            return None

    def record(self, place: Reference, sync_record: SyncRecord) -> None:
        """See ``Ledger``; it is written by another thread soon."""
        self._writer.put(self._name_of(place), sync_record)

    def _complain(self, verb: str, error: Exception) -> None:
        if self._is_usable:
            self._is_usable = False
            _log.warning("the ledger %s cannot be %s: %s", self._file, verb, error)


def _record(row: tuple[str, str, str, str | None, str, str]) -> SyncRecord:
    source, form, there, put_at, stage, origin = row
    when = datetime.fromisoformat(put_at) if put_at else None
    return SyncRecord(Digest(source), form, Digest(there), when, stage, origin)


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, FileExistsError):
        return "not a directory"  # a file has the name of its folder
    return (getattr(error, "strerror", None) or str(error)).lower()
