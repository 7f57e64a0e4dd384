"""Overlap: whether rules certainly take one tag, decided without the tags of any registry.

A ``Sample`` stands for what one rule takes: a tag, where one can be named, and the lines that take
it. Other rules take it too where they take every tag, where they have the same lines, or where the
tag is one of theirs. What depends on which other tags there are, as ``keep: latest`` does, takes
nothing for certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.narrowing import narrowings, taken_in, takes_all
from reposync.selection.selectors import Keep, Matching, Named, Pinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reposync.selection.selectors import Selector

_GLOB = "glob:"
_FILLING = "x0x"  # unlike any name that a pattern is likely to have: it matches by no accident


class Sample(Struct, frozen=True):
    """Something that a rule takes: ``tag`` is empty where none can be named.

    ``is_named`` says that a line names the tag, and so means no other.
    """

    tag: str
    lines: tuple[str, ...] = ()
    is_named: bool = False


class Reach(Struct, frozen=True):
    """What a rule with ``selectors`` takes for certain.

    ``named`` are the tags that lines name, ``pinned`` those that get an image by its digest;
    ``takes_others`` says that it takes others beside these, whichever other tags there are.
    """

    selectors: tuple[Selector, ...]
    named: frozenset[str]
    pinned: frozenset[str]
    takes_others: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """The selectors as they are written."""
        return tuple(it.text for it in self.selectors)

    def samples(self) -> Iterator[Sample]:
        """Return samples of what is taken; none where nothing is certain."""
        lines = self.lines
        for tag in sorted(self.named):
            yield Sample(tag, lines, is_named=True)
        if not self.takes_others:
            return
        yield Sample("", lines)
        for selector in self.selectors:
            if isinstance(selector, Matching) and selector.text.startswith(_GLOB):
                tag = example_of(selector.text.removeprefix(_GLOB).strip())
                if tag and self.takes(Sample(tag)):
                    yield Sample(tag, lines)

    def takes(self, sample: Sample) -> bool:
        """Return whether *sample* is taken, independent of other tags."""
        if sample.tag in self.named:
            return True
        if sample.tag in self.pinned or not self.takes_others:
            return False
        if not self.selectors or (not sample.is_named and sample.lines == self.lines):
            return True
        keeps = [it for _, it in narrowings(self.selectors) if isinstance(it, Keep)]
        if not sample.tag:
            return takes_all(self.selectors) and not keeps
        is_kept = all(it.pattern.matches(sample.tag) for it in keeps)
        return is_kept and sample.tag in taken_in(self.selectors, [sample.tag])


def reach(selectors: Sequence[Selector]) -> Reach:
    """Determine what a rule with *selectors* takes for certain."""
    pinned = frozenset(it.tag for it in selectors if isinstance(it, Pinned) and it.tag)
    names_only = bool(selectors) and all(isinstance(it, Named | Pinned) for it in selectors)
    is_certain = all(isinstance(it, Keep) for _, it in narrowings(selectors))
    return Reach(
        tuple(selectors),
        frozenset(it.tag for it in selectors if isinstance(it, Named)) - pinned,
        pinned,
        takes_others=is_certain and not names_only,
    )


def example_of(glob: str) -> str:
    """Return a name that *glob* may match; empty where it has more than ``*`` and ``?``."""
    if any(sign in glob for sign in "[]{}"):
        return ""
    parts = [part for part in glob.split("/") if part != "**"]
    if glob.endswith("**"):
        parts.append(_FILLING)
    return "/".join(parts).replace("*", _FILLING).replace("?", _FILLING[0])
