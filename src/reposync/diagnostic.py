"""Diagnostics: what is wrong in a file, and where."""

from __future__ import annotations

from msgspec import Struct


class Diagnostic(Struct, frozen=True, order=True):
    """One problem in a file, with its position; lines and columns count from 1."""

    path: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}"
        key = f"{self.key}: " if self.key else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}: {key}{self.message}{hint}"
