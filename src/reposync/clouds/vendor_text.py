"""Messages of vendors' libraries and services, sanitized for users.

One line, bounded, without terminal control characters and without likely secrets.
"""

from __future__ import annotations

from reposync.oci.error_code import printable, redacted

_LIMIT = 200


def sanitized(text: object) -> str:
    """Return the first line of *text* that is not blank."""
    lines = (printable(line) for line in str(text)[: 4 * _LIMIT].splitlines())
    return redacted(next((line for line in lines if line), ""))[:_LIMIT].rstrip(" .")


def detail(text: object) -> str:
    """Return the same in parentheses, to append to a sentence; empty if there is no text."""
    words = sanitized(text)
    return f" ({words})" if words else ""
