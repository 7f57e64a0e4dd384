"""Lines: where in a text something is, as YAML counts. Pure.

Spec: YAML 1.1, section 5.4: line breaks.
"""

from __future__ import annotations

import re

from reposync.config.nodes import Place

BREAK = "\r\n|[\n\r\x85\u2028\u2029]"


def place_after(text: str) -> Place:
    """Return the place of the character that follows *text*, the beginning of a file."""
    lines = re.split(BREAK, text)
    return Place(len(lines), len(lines[-1]) + 1)


def line_of(text: str, number: int) -> str:
    """Return the line of that *number* in *text*, counted from 1; empty where there is none.

    The parsers do not agree on what breaks a line, and may count more of them than there are.
    """
    return "".join(re.split(BREAK, text, maxsplit=number)[number - 1 : number])
