"""Vendor text: what a vendor's library or service says, as it may be shown to users.

One line, bounded, without what could steer a terminal and without what looks like a secret.
"""

from __future__ import annotations

from reposync.oci.error_code import printable, redacted

_LIMIT = 200


def shown(text: object) -> str:
    """Return the first line of *text* that says something."""
    lines = (printable(line) for line in str(text)[: 4 * _LIMIT].splitlines())
    return redacted(next((line for line in lines if line), ""))[:_LIMIT].rstrip(" .")


def said(text: object) -> str:
    """Return the same in brackets, to stand behind a sentence; empty where there is nothing."""
    words = shown(text)
    return f" ({words})" if words else ""
