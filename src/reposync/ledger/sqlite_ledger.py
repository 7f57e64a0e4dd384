"""The ledger as an SQLite file: one row for each tag at a destination.

It saves requests and is never required: what it does not hold is requested from the registries. So
a file that cannot be read or written causes only one warning. Several processes may share it.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Self

from reposync.errors import InvalidReferenceError, StorageError
from reposync.oci.digest import Digest
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.oci.reference import Reference

_log = logging.getLogger("reposync.ledger")

_VERSION = 1
_BUSY_S = 2.0
_TABLE = """
CREATE TABLE IF NOT EXISTS standings (
    place TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    form TEXT NOT NULL,
    there TEXT NOT NULL
) WITHOUT ROWID
"""
_RECALL = "SELECT source, form, there FROM standings WHERE place = ?"
_RECORD = "INSERT OR REPLACE INTO standings (place, source, form, there) VALUES (?, ?, ?, ?)"


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
            self._connection = _connected(file)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the ledger {file} cannot be used: {_reason(error)}",
                hint="set REPOSYNC_LEDGER to another file, or to nothing to run without a ledger",
            ) from error

    def __enter__(self) -> Self:
        """Return the ledger, which is already open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()

    def recall(self, place: Reference) -> SyncRecord | None:
        """See ``Ledger``."""
        try:
            row = self._connection.execute(_RECALL, (self._name_of(place),)).fetchone()
            return SyncRecord(Digest(row[0]), row[1], Digest(row[2])) if row else None
        except (sqlite3.Error, InvalidReferenceError) as error:
            self._complain("read", error)
            return None

    def record(self, place: Reference, sync_record: SyncRecord) -> None:
        """See ``Ledger``."""
        row = (self._name_of(place), sync_record.source, sync_record.form, sync_record.there)
        try:
            self._connection.execute(_RECORD, row)
        except sqlite3.Error as error:
            self._complain("written", error)

    def _complain(self, verb: str, error: Exception) -> None:
        if self._is_usable:
            self._is_usable = False
            _log.warning("the ledger %s cannot be %s: %s", self._file, verb, error)


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, FileExistsError):
        return "not a directory"  # a file has the name of its folder
    return (getattr(error, "strerror", None) or str(error)).lower()


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A row lost in a power failure is requested from the registries again.
        connection.execute("PRAGMA synchronous = NORMAL")
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, _VERSION}:
        raise sqlite3.DatabaseError(f"it has version {version}, this program supports {_VERSION}")
    connection.execute(_TABLE)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
