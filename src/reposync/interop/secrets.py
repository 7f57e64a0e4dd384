"""Secrets: where they are in a tool's file, or which variable or file it names instead.

A secret is never written; the names of environment variables take its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.credentials import Credentials
from reposync.interop.draft import Variables
from reposync.interop.refusals import refusal

if TYPE_CHECKING:
    from reposync.interop.node_cursor import NodeCursor

_TEMPLATE = re.compile(
    r"\{\{-?\s*(?P<function>env|file)\s+[\"`](?P<argument>[^\"`]*)[\"`]\s*-?\}\}"
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<bare>\w+))", re.ASCII)


def environment(text: str) -> str | None:
    """Return the variable that a template of Go, ``{{env "NAME"}}``, names alone."""
    match = _TEMPLATE.fullmatch(text.strip())
    return match["argument"] if match and match["function"] == "env" else None


def file(text: str) -> str | None:
    """Return the file that a template of Go, ``{{file "PATH"}}``, names alone."""
    match = _TEMPLATE.fullmatch(text.strip())
    return match["argument"] if match and match["function"] == "file" else None


def variable(text: str) -> str | None:
    """Return the variable that a template of Go means, or that a file can stand for.

    Where a variable NAME is not set, NAME_FILE names a file that holds its value.
    """
    path = file(text)
    if path is None:
        return environment(text)
    name = re.sub(r"[^A-Z0-9]+", "_", path.rpartition("/")[2].upper()).strip("_")
    return f"SECRET_{name}" if name[:1].isdigit() else name or None


def is_template(text: str) -> bool:
    """Return whether *text* is a template of Go."""
    return "{{" in text


def shell_variable(text: str) -> str | None:
    """Return the variable that ``$NAME`` or ``${NAME}`` names alone."""
    match = _VARIABLE.fullmatch(text)
    return (match["braced"] or match["bare"]) if match else None


def has_shell_variable(text: str) -> bool:
    """Return whether a shell would put something else in the place of a part of *text*."""
    return _VARIABLE.search(text) is not None


def literal(user: NodeCursor, password: NodeCursor) -> Credentials:
    """Return the text itself, only to be compared.

    Raises:
        RefusalError: One of the two is missing.
    """
    for here, other in ((user, password), (password, user)):
        if not here:
            raise refusal(other.path, "has no user or no password beside it")
    return Credentials(user.text(), password.text())


def pair(
    user: NodeCursor, password: NodeCursor, names: tuple[str | None, str | None]
) -> Credentials | Variables:
    """Return the variables, *names*, that both texts name, else the texts themselves.

    Raises:
        RefusalError: One of the two is missing.
    """
    found = literal(user, password)
    first, second = names
    return found if first is None or second is None else Variables(first, second)
