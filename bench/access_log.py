"""What a registry served: requests and bytes of bodies, by its access log.

Spec: the Combined Log Format of Apache's mod_log_config, which distribution writes.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_LINE: Final = re.compile(
    rb'^\S+ \S+ \S+ \[[^]]*\] "(\w*)(?:[^"\\]|\\.)*" \d{3} (\d+) ', re.MULTILINE
)
_POLL_S: Final = 0.02
_SETTLED_S: Final = 0.1
_SETTLE_LIMIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Served:
    """So many requests were answered, with so many bytes of bodies."""

    requests: int
    body_bytes: int


def served(text: bytes) -> Served:
    """Count what the lines of *text* tell; lines that are none of an access log tell nothing.

    The log has a size for HEAD too: that of the body that would have been sent.
    """
    lines = _LINE.findall(text)
    return Served(len(lines), sum(int(size) for method, size in lines if method != b"HEAD"))


class AccessLog:
    """A log file that grows while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def skip(self) -> None:
        """Forget what was served until now."""
        self._settle()
        self._offset = self._path.stat().st_size

    def take(self) -> Served:
        """Return what was served since the last time."""
        self._settle()
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        self._offset += len(text)
        return served(text)

    def _settle(self) -> None:
        """Wait until nothing more is written: a registry logs after it has answered."""
        deadline = time.monotonic() + _SETTLE_LIMIT_S
        size, since = -1, time.monotonic()
        while time.monotonic() < deadline:
            now = self._path.stat().st_size
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > _SETTLED_S:
                return
            time.sleep(_POLL_S)
