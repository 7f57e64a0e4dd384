"""Findings: what was found out, by the name of a field of the report, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class Finding(Struct, frozen=True):
    """A field *name* of the report, its value, and how it was found out.

    ``text`` is the value for people, where the value itself does not say it.
    """

    name: str
    value: object
    how: str = ""
    text: str = ""


def yes(name: str, how: str, text: str = "") -> Finding:
    """Return the finding that *name* is true."""
    return Finding(name, value=True, how=how, text=text)


def no(name: str, how: str, text: str = "") -> Finding:
    """Return the finding that *name* is false."""
    return Finding(name, value=False, how=how, text=text)


def unknown(name: str, why: str, text: str = "") -> Finding:
    """Return a finding whose value is unknown, with the reason."""
    return Finding(name, None, why, text)


def all_unknown(names: Iterable[str], why: str) -> list[Finding]:
    """Return a finding for each of *names* whose value is unknown for one reason."""
    return [unknown(name, why) for name in names]
