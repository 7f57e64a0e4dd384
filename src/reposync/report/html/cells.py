"""Cells: references, figures and words as all tables and lists of the page show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.report.html.markup import Markup, element, joined
from reposync.report.units import binary_size, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def word(text: str) -> Markup:
    """Return *text* in a frame, in the colour of its meaning."""
    return element("span", text, class_=f"pill {class_of(text)}")


def class_of(text: str) -> str:
    """Return the class for a status or state, which is a word or two of ours."""
    return text.replace(" ", "-")


def repository(name: str, **attributes: str) -> Markup:
    """Return the name of a repository, or a pattern of them."""
    return element("code", name, **attributes)


def image(reference: str, **attributes: str) -> Markup:
    """Return the reference of an image, its tag or digest emphasised."""
    name, separator, last = _parted(reference)
    if not last:
        return repository(name, **attributes)
    return element("code", name, separator, element("b", last), **attributes)


def sides(show: Callable[..., Markup], source: str, destinations: Iterable[str]) -> Markup:
    """Return a source, and below it where it goes, each as *show* writes it."""
    return joined(show(source, class_="from"), *(show(each, class_="to") for each in destinations))


def amount(value: int, name: str) -> Markup:
    """Return a cell with a count of what *name* says."""
    return _number(str(value), value, name)


def size(value: int, name: str = "") -> Markup:
    """Return a cell with a number of bytes."""
    return _number(binary_size(value), value, name)


def span(seconds: float | None, name: str = "") -> Markup:
    """Return a cell with a span of time; an empty one where that is not known."""
    shown = "" if seconds is None else duration(seconds)
    return _number(shown, -1 if seconds is None else seconds, name)


def heading(text: str, *, is_number: bool = False) -> Markup:
    """Return the heading of a column."""
    attributes = {"class_": "number"} if is_number else {}
    return element("th", text.capitalize(), scope="col", **attributes)


def _number(shown: str, value: float, name: str) -> Markup:
    """Return a cell that is sorted by *value*; *name* is for where headings have no room."""
    classes = ("number", class_of(name), "" if value else "zero")
    named = {"data_name": name} if name else {}
    class_ = " ".join(filter(None, classes))
    return element("td", shown, class_=class_, data_v=str(value), **named)


def _parted(text: str) -> tuple[str, str, str]:
    """Split a reference before its digest or tag, which no part before the last slash has."""
    if "@" in text:
        return text.rpartition("@")
    name, separator, last = text.rpartition(":")
    return (name, separator, last) if separator and "/" not in last else (text, "", "")
