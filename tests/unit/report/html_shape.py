"""A page as a tree: what is an element and what is text, and whether each element is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = {"meta", "input"}


@dataclass
class Element:
    """An element; ``content`` are its texts and elements in their order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    content: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(each if isinstance(each, str) else each.text for each in self.content)

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return (self.attributes.get("class") or "").split()

    def all(self, tag: str = "", class_: str = "") -> list[Element]:
        """Return the elements below it that are of *tag* and *class_*, where these are given."""
        return [
            each
            for each in self._below()
            if tag in {"", each.tag} and (not class_ or class_ in each.classes)
        ]

    def _below(self) -> Iterator[Element]:
        for each in self.content:
            if isinstance(each, Element):
                yield each
                yield from each._below()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.trail = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, dict(attrs))
        assert len(found.attributes) == len(attrs)
        self.trail[-1].content.append(found)
        if tag not in VOID:
            self.trail.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert tag not in VOID
        assert self.trail.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.trail[-1].content.append(data)


def parsed(page: str) -> Element:
    """Return the tree of *page*, in which every element must be closed."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    (root,) = builder.trail
    return root
