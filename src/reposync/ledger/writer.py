"""The ledger's writer: a thread that writes records, so that no run waits for the disk.

It writes what has gathered while it wrote, in one transaction. A process that is killed loses the
records of its last moments: then the next run asks the registries.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from reposync.ledger.connection import connected

if TYPE_CHECKING:
    from pathlib import Path

    from reposync.sync_record import SyncRecord

_WRITE = """
INSERT OR REPLACE INTO tags (place, source, form, there, put_at, stage, origin)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Writer:
    """Writes records to *file*; no thread runs, and nothing is opened, before the first of them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._gathered: dict[str, SyncRecord] = {}
        self._being_written: dict[str, SyncRecord] = {}
        self._changed = threading.Condition()
        self._is_closed = False
        self._error: sqlite3.Error | None = None
        self._thread: threading.Thread | None = None

    def put(self, name: str, record: SyncRecord) -> None:
        """Have *record* written under *name* soon; the last one for a name is what stays.

        Nothing is kept once writing has failed.
        """
        with self._changed:
            if self._error is not None:
                return
            self._gathered[name] = record
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="ledger", daemon=True)
                self._thread.start()
            self._changed.notify()

    def waiting(self, name: str) -> SyncRecord | None:
        """Return what is still to be written under *name*."""
        if self._thread is None:
            return None
        with self._changed:
            return self._gathered.get(name) or self._being_written.get(name)

    def close(self) -> sqlite3.Error | None:
        """Write what is left, and return why something could not be written."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        return self._error

    def _write_all(self) -> None:
        try:
            connection = connected(self._file)
            try:
                while rows := self._next():
                    with connection:
                        connection.execute("BEGIN IMMEDIATE")
                        connection.executemany(_WRITE, [_row(*each) for each in rows.items()])
            finally:
                connection.close()
        except sqlite3.Error as error:
            with self._changed:
                self._error = error
                self._gathered, self._being_written = {}, {}

    def _next(self) -> dict[str, SyncRecord]:
        """Wait for records, and take them; none when it is closed."""
        with self._changed:
            self._being_written = {}
            self._changed.wait_for(lambda: self._gathered or self._is_closed)
            self._being_written, self._gathered = self._gathered, {}
            return self._being_written


def _row(name: str, record: SyncRecord) -> tuple[str | None, ...]:
    put_at = record.put_at.isoformat() if record.put_at else None
    return (
        name,
        record.source,
        record.form,
        record.there,
        put_at,
        record.stage,
        record.origin,
    )
