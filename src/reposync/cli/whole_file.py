"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def replace_file(target: Path, chunks: Iterable[str]) -> None:
    """Put a whole file in the place of *target*, readable for whom the umask lets."""
    from secrets import token_hex

    partial = target.with_name(f".reposync-{token_hex(8)}.part")
    try:
        # A name that is no text becomes an escape, which JSON knows.
        with partial.open("x", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
