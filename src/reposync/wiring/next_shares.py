"""Which share of the images the next verification with ``--sample`` checks.

Remembered in a small file beside the ledger, for each call by itself: verifications of other files,
stages, depths or percentages go round by themselves.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.errors import StorageError
from reposync.wiring.ledger import VARIABLE, ledger_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = "verify-shares.json"
_FORMAT = "reposync-verify-shares/1"
_KEPT = 1000
"""How many calls are remembered, those used last."""


class NextShares:
    """The indexes of the shares that are due, in the file that *environ* leads to."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        ledger = ledger_file(environ)
        self._file = ledger.with_name(_NAME) if ledger else None

    def due(self, call: str, count: int) -> int:
        """Return the index of the share, of *count*, that is due for *call*; 0 the first time.

        Raises:
            StorageError: The file could not keep the next one.
        """
        index = self._read().get(call, 0)
        index = index if index < count else 0
        self.remember(call, index)
        return index

    def remember(self, call: str, index: int) -> None:
        """Keep *index* as the share that is due next for *call*.

        Raises:
            StorageError: The file cannot be written.
        """
        if self._file is None:
            raise StorageError(
                f"{VARIABLE} is empty, so there is no file for the next share",
                hint=f"let {VARIABLE} name a file in a directory that is kept",
            )
        known = self._read()
        known.pop(call, None)
        kept = dict([*known.items(), (call, index)][-_KEPT:])
        try:
            _replace(self._file, json.dumps({"format": _FORMAT, "next": kept}, indent=1) + "\n")
        except OSError as error:
            raise StorageError(
                f"cannot write {self._file}: {error.strerror or error}",
                hint=f"let {VARIABLE} name a file in a directory that can be written",
            ) from error

    def _read(self) -> dict[str, int]:
        """Return what is remembered; a file that nobody can read is an empty one."""
        if self._file is None:
            return {}
        try:
            document = json.loads(self._file.read_bytes())
            known = document["next"] if document["format"] == _FORMAT else {}
            return {str(call): index for call, index in known.items() if _is_index(index)}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}


def call_of(paths: Iterable[str], *parts: object) -> str:
    """Name a call by its files, wherever it is started from, and all else that tells it apart."""
    files = [path if path == "-" else os.path.realpath(path) for path in paths]
    return sha256(json.dumps([files, *map(str, parts)]).encode()).hexdigest()[:32]


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _replace(file: Path, text: str) -> None:
    """Write *text* to *file*, of which others see all or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        Path.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
