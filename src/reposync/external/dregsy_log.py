"""dregsy's log: which tag is being copied, and which copies failed.

Each line is a JSON object, as ``ENVIRON`` requests; other lines are ignored. dregsy copies one tag
after the other, so a copy has ended when the next begins.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from reposync.external.dregsy_file import TagCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENVIRON: Mapping[str, str] = {"LOG_LEVEL": "debug", "LOG_FORMAT": "json"}
"""At this level it logs the output of skopeo."""
_ERRORS = frozenset({"error", "fatal", "panic"})
# How it reports skopeo's exit; its other errors concern more than one copy.
_OF_ONE = ("exit status ", "signal: ", "exec: ", "fork/exec ")
_LINES_KEPT = 20


class DregsyLog(Struct):
    """Reads the log, and calls *ended* for each copy, with the output if it failed.

    ``wrong`` are the errors that do not belong to a single copy.
    """

    ended: Callable[[TagCopy, tuple[str, ...]], None]
    wrong: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES_KEPT))
    _task: str = ""
    _mapping: tuple[str, str] = ("", "")
    _now: TagCopy | None = None
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES_KEPT))
    _failed: bool = False

    def observe(self, line: str) -> None:
        """Read one line."""
        entry = _entry(line)
        message = str(entry.get("msg", ""))
        if message == "syncing task":
            self.end()
            self._task = str(entry.get("task", ""))
        elif message == "mapping":
            self.end()
            self._mapping = _path(entry.get("from")), _path(entry.get("to"))
        elif message == "syncing tag":
            self.end()
            self._now = TagCopy(self._task, *self._mapping, str(entry.get("tag", "")))
        elif message:
            self._note(message, is_error=entry.get("level") in _ERRORS)

    def end(self) -> None:
        """End the current copy."""
        if self._now is not None:
            self.ended(self._now, tuple(self._said) if self._failed else ())
        self._now, self._failed = None, False
        self._said.clear()

    def _note(self, message: str, *, is_error: bool) -> None:
        is_of_one = message.startswith(_OF_ONE)
        if is_error and not is_of_one:
            self.wrong.append(message)
        elif self._now is not None:
            self._said.append(message)
            self._failed = self._failed or is_error


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _path(value: object) -> str:
    return str(value or "").strip("/")
