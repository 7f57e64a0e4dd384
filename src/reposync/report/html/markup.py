"""Markup: elements from plain text, which is escaped unless it was made here."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"input"})
"""Elements without content and end: HTML, section 13.1.2."""


class Markup(str):
    """Text that is HTML; all other text is escaped before it becomes a part of a page."""

    __slots__ = ()


def text(value: str) -> Markup:
    """Return *value* as HTML that shows it as it is."""
    return value if isinstance(value, Markup) else Markup(escape(value))


def joined(*values: str) -> Markup:
    """Return all *values*, one after the other."""
    return Markup("".join(map(text, values)))


def element(name: str, *children: str, **attributes: str) -> Markup:
    """Return an element; ``class_`` is its class, and ``data_x`` its attribute ``data-x``."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{shown}>")
    return Markup(f"<{name}{shown}>{joined(*children)}</{name}>")
