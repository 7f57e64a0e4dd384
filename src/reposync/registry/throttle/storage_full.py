"""Space: whether a refusal says that the registry is full, and for how long that is waited for.

An upload that does not fit fills the disk until it is given up, so that others may fit a moment
later. A registry that stays full is not waited for again.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import FullError, NoSpaceError

if TYPE_CHECKING:
    from collections.abc import Callable

FULL_AFTER_S = 3.0
_WRITING = frozenset({"POST", "PUT", "PATCH"})
_OTHER_MATTERS = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}
)
# distribution tells the number alone of an error of its disk: ENOSPC, EDQUOT. Harbor tells what a
# project would exceed, Quay its quota, MinIO behind a registry that its storage is full.
_FULL = (
    rb"(?i)no space left on device|disk quota exceeded"
    rb'|"Op"\s*:\s*"\w+"\s*,\s*"Path"\s*:[^{}]*"Err"\s*:\s*(?:28|122)\b'
    rb"|will exceed the configured upper limit|quota has been exceeded on namespace"
    rb"|storage quota|XMinioStorageFull|insufficient storage"
)


def tells_of_no_space(method: str, status: int, body: bytes) -> bool:
    """Return whether a refusal of *method*, whose body begins with *body*, is for lack of space."""
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return True
    is_refusal = status >= HTTPStatus.BAD_REQUEST and status not in _OTHER_MATTERS
    return method in _WRITING and is_refusal and re.search(_FULL, body) is not None


class StorageFull:
    """What one host said of its space; everything that it takes shows that there is some."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._full_since_s: float | None = None

    def took(self) -> None:
        """Record that the host took something."""
        self._full_since_s = None

    def judged(self, error: NoSpaceError) -> NoSpaceError:
        """Return *error* as it is reported: final where the host has been full for long."""
        if self._full_since_s is None:
            self._full_since_s = self._now_s()
        if self._now_s() - self._full_since_s < FULL_AFTER_S:
            return error
        final = FullError(str(error), hint=error.hint, status=error.status, codes=error.codes)
        final.method, final.url = error.method, error.url
        return final
