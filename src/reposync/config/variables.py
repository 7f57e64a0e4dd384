"""Variables: what to say of `$NAME` where it cannot be, since nothing in the file is expanded.

The name is never repeated: it may be a part of a secret with a `$` in it.
"""

from __future__ import annotations

import re

from reposync.config.nodes import Map, Node, Scalar
from reposync.selection.pattern import REGEX

_VARIABLE = r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^{}]*\})"
NOT_EXPANDED = "environment variables are not expanded in this file; write the value itself"


def holds_variable(text: str) -> bool:
    """Return whether *text* holds ``$NAME`` or ``${NAME}``."""
    return re.search(_VARIABLE, text) is not None


def is_meant_as_variable(node: Node | None) -> bool:
    """Return whether *node*, which is wrong, is a text with a variable in it.

    A ``$`` has a meaning of its own in a regular expression, and may have one in a password.
    """
    match node:
        case Scalar(text=text):
            behind_login = text.rpartition("@")[2]
            return holds_variable(behind_login) and not text.startswith(REGEX)
        case Map(entries=entries) if len(entries) == 1:
            [(word, entry)] = entries.items()
            return f"{word}:" != REGEX and is_meant_as_variable(entry.value)
    return False


def variable_at(line: str, column: int) -> bool:
    """Return whether a variable is at *column* of *line*, counted from 1."""
    spans = (match.span() for match in re.finditer(_VARIABLE, line))
    return any(start < column <= end for start, end in spans)
