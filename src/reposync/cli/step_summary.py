"""The summary of a job on GitHub: the report as Markdown, after what is there already.

GitHub names the file in the environment, and shows nothing at all of a step that wrote more than
1 MiB. A summary that cannot be written is a warning, and does not change how the run ends.

Spec: GitHub Actions, "Workflow commands", "Adding a job summary".
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.report.markdown import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.report.journal import Report

_log = logging.getLogger("reposync")

MOST_BYTES = 1024 * 1024
_CUT = b"\nThe rest is not shown: GitHub takes no more than 1 MiB.\n"


def append(path: str, report: Report) -> None:
    """Write *report* behind what the file *path* holds; warn where that fails."""
    try:
        with Path(path).open("ab") as file:
            gap = b"\n" if file.tell() else b""
            file.write(gap + fitting(chunks(report), MOST_BYTES - file.tell() - len(gap)))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the step summary {path} cannot be written: {reason}"
        _log.warning("%s", message, extra={"bare": True, "event": "step_summary_failed"})


def fitting(texts: Iterable[str], room_bytes: int) -> bytes:
    """Join *texts*, or as many whole lines of them as there is room for, and say so.

    Raises:
        OSError: Not even a line has room.
    """
    whole = "".join(texts).encode(errors="backslashreplace")
    if len(whole) <= room_bytes:
        return whole
    end = whole.rfind(b"\n", 0, max(0, room_bytes - len(_CUT))) + 1
    if not end:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return whole[:end] + _CUT
