"""Overlap: whether rules certainly select the same tag, decided without tags of a registry.

A ``Sample`` represents what one rule selects: a tag, if one can be named, and the lines that select
it. Other rules select it too if they select every tag, have the same lines, or match the tag. Rules
whose result depends on which other tags exist, as with ``keep: latest``, certainly select nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from msgspec import Struct

from reposync.selection.narrowing import included, includes_all, narrowings
from reposync.selection.selectors import Keep, Matching, Named, Pinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reposync.selection.selectors import Selector

_GLOB = "glob:"
_FILLING = "x0x"  # unlike any name in a pattern, so that it does not match by accident


class Sample(Struct, frozen=True):
    """Something that a rule selects: ``tag`` is empty if none can be named.

    ``is_named`` means that a line names the tag, so that it is the only one.
    """

    tag: str
    lines: tuple[str, ...] = ()
    is_named: bool = False


class Reach(Struct, frozen=True):
    """What a rule with ``selectors`` certainly selects.

    ``named`` are the tags that lines name and that keep their names, ``pinned`` those that get an
    image by its digest;
    ``includes_others`` means that it selects others as well, independent of which tags exist.
    """

    selectors: tuple[Selector, ...]
    named: frozenset[str]
    pinned: frozenset[str]
    includes_others: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """The selectors as in the file."""
        return tuple(it.text for it in self.selectors)

    def samples(self) -> Iterator[Sample]:
        """Return samples of what is selected; none if nothing is certain."""
        lines = self.lines
        for tag in sorted(self.named):
            yield Sample(tag, lines, is_named=True)
        if not self.includes_others:
            return
        yield Sample("", lines)
        for selector in self.selectors:
            if isinstance(selector, Matching) and selector.text.startswith(_GLOB):
                tag = example_of(selector.text.removeprefix(_GLOB).strip())
                if tag and self.includes(Sample(tag)):
                    yield Sample(tag, lines)

    def includes(self, sample: Sample) -> bool:
        """Return whether *sample* is selected, independent of other tags."""
        if sample.tag in self.named:
            return True
        if sample.tag in self.pinned or not self.includes_others:
            return False
        if not self.selectors or (not sample.is_named and sample.lines == self.lines):
            return True
        keeps = [it for _, it in narrowings(self.selectors) if isinstance(it, Keep)]
        if not sample.tag:
            return includes_all(self.selectors) and not keeps
        is_kept = all(it.pattern.matches(sample.tag) for it in keeps)
        return is_kept and sample.tag in included(self.selectors, [sample.tag])


def reach(selectors: Sequence[Selector]) -> Reach:
    """Return what a rule with *selectors* certainly selects."""
    pinned = frozenset(it.tag for it in selectors if isinstance(it, Pinned) and it.tag)
    names_only = bool(selectors) and all(isinstance(it, Named | Pinned) for it in selectors)
    is_certain = all(isinstance(it, Keep) for _, it in narrowings(selectors))
    return Reach(
        tuple(selectors),
        frozenset(it.tag for it in selectors if _keeps_name(it)) - pinned,
        pinned,
        includes_others=is_certain and not names_only,
    )


def _keeps_name(selector: Selector) -> TypeGuard[Named]:
    """Return whether *selector* names a tag that has the same name on both sides."""
    return isinstance(selector, Named) and selector.tag in (selector.aliases or (selector.tag,))


def example_of(glob: str) -> str:
    """Return a name that *glob* may match; empty if it has other wildcards than ``*`` and ``?``."""
    if any(char in glob for char in "[]{}"):
        return ""
    parts = [part for part in glob.split("/") if part != "**"]
    if glob.endswith("**"):
        parts.append(_FILLING)
    return "/".join(parts).replace("*", _FILLING).replace("?", _FILLING[0])
