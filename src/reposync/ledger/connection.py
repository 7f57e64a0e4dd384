"""The ledger's file: its table, and how an older file becomes a current one.

Version 1 knew what a tag names and not who put it there; its rows are kept as found, not as ours.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 2
_BUSY_S = 2.0
_TABLE = """
CREATE TABLE IF NOT EXISTS tags (
    place TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    form TEXT NOT NULL,
    there TEXT NOT NULL,
    put_at TEXT,
    stage TEXT NOT NULL DEFAULT '',
    origin TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID
"""
_FROM_VERSION_1 = """
INSERT OR IGNORE INTO tags (place, source, form, there)
SELECT place, source, form, there FROM standings
"""


def connected(file: Path) -> sqlite3.Connection:
    """Open *file*, and make it a ledger of this version where it is an older one, or empty.

    Raises:
        sqlite3.Error: It cannot be used, or is of a later version.
    """
    connection = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A row lost in a power failure is requested from the registries again.
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version(connection) != _VERSION:
            _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)  # another process may have prepared it meanwhile
    if version > _VERSION:
        raise sqlite3.DatabaseError(f"it has version {version}, this program supports {_VERSION}")
    connection.execute(_TABLE)
    if version == 1:
        connection.execute(_FROM_VERSION_1)
        connection.execute("DROP TABLE standings")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")
