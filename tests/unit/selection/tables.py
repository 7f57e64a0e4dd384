"""The tables of docs/reference/selecting.md: what the page promises is what the tests ask for."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from tests.development import ROOT

PAGE = (ROOT / "docs" / "reference" / "selecting.md").read_text()
_CELLS = re.compile(r"\s*\|\s*")
_CODE = re.compile(r"`([^`]*)`|<code>(.*?)</code>")
_CUT = re.compile(r"(sha256[:-])([0-9a-f]+)…")
_HEX_LENGTH = 64


class Row(NamedTuple):
    """A row: the code in each of its cells, with digests written out; and its text."""

    cells: tuple[tuple[str, ...], ...]
    text: str

    def names(self, column: int) -> list[str]:
        """Return the tags or repositories of a cell."""
        return [name for code in self.cells[column] for name in code.split()]


def rows(*head: str) -> list[Row]:
    """Return the rows of all tables whose first columns are called so."""
    begin = "| " + " | ".join(head)
    found = []
    is_wanted = False
    for line in PAGE.splitlines():
        if not line.startswith("|"):
            is_wanted = False
        elif line.startswith(begin):
            is_wanted = True
        elif is_wanted and not line.startswith("| ---"):
            found.append(Row(tuple(map(_codes, _CELLS.split(line.strip("| ")))), line))
    return found


def lines_of_examples() -> list[str]:
    """Return the texts of all lists of tags that the page shows as YAML."""
    fences = re.findall(r"^```yaml\ntags:\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [
        re.sub(r"\s+#.*", "", line).strip(' -"') for fence in fences for line in fence.splitlines()
    ]


def _codes(cell: str) -> tuple[str, ...]:
    written = (code or html.unescape(raw) for code, raw in _CODE.findall(cell))
    return tuple(_CUT.sub(_whole, text) for text in written)


def _whole(cut: re.Match[str]) -> str:
    return cut[1] + cut[2].ljust(_HEX_LENGTH, "0")
