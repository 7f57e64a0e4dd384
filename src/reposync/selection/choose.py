"""Choosing: which images the lines of a rule mean, of those that the source has.

What lines name is always meant. Rules take in; without any rule or name all tags are taken in; then
``keep`` lines narrow what was taken in: expressions first, then ``latest``, then ``newer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.narrowing import (
    Times,
    named_tags,
    narrowed,
    narrowings,
    taken_in,
    takes_all,
)
from reposync.selection.selectors import KeepNewer, Matching, Named, Pinned, Selector, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


class Image(Struct, frozen=True):
    """An image to copy: what to ask the source for, and its tag at the destination.

    ``name`` is a tag or a digest; ``tag`` is "" where the image gets none.
    """

    name: str
    tag: str


def choose(
    selectors: Sequence[Selector],
    tags: Iterable[str],
    *,
    created: Mapping[str, datetime | None] | None = None,
    now: datetime | None = None,
) -> tuple[Image, ...]:
    """Return the images that are meant: those named in the file's order, then the others by name.

    Without *created*, ``newer`` lines are not applied; ask ``needs_times`` which times are needed,
    then call again with them and *now*, all aware of their time zone.

    Raises:
        ValueError: There are times, and *now* is missing.
    """
    times = times_of(created, now)
    chosen = taken_in(selectors, tags)
    for _, selector in narrowings(selectors):
        chosen = narrowed(selector, chosen, times)
    return (*named_images(selectors), *(Image(tag, tag) for tag in sorted(chosen)))


def named_images(selectors: Iterable[Selector]) -> tuple[Image, ...]:
    """Return what lines name, each tag once.

    A digest that gets a tag goes before the tag itself.
    """
    found: dict[str, Image] = {}
    for selector in selectors:
        match selector:
            case Named(tag=tag, alias=alias):
                found.setdefault(alias or tag, Image(tag, alias or tag))
            case Pinned(digest=digest, tag=tag):
                _pin(found, Image(digest, tag))
    return tuple(found.values())


def wants_list(selectors: Sequence[Selector]) -> bool:
    """Return whether the source must be asked for its tags."""
    return takes_all(selectors) or any(isinstance(it, Matching | Versions) for it in selectors)


def needs_times(selectors: Sequence[Selector], images: Iterable[Image]) -> tuple[str, ...]:
    """Return those of the chosen *images*, by name, whose creation time decides."""
    if not any(isinstance(it, KeepNewer) for it in selectors):
        return ()
    named = named_tags(selectors)
    return tuple(it.name for it in images if it.tag and it.tag not in named)


def times_of(created: Mapping[str, datetime | None] | None, now: datetime | None) -> Times | None:
    """Put times together.

    Raises:
        ValueError: There are times, and *now* is missing.
    """
    if created is None:
        return None
    if now is None:
        raise ValueError("ages need the time from which they count")
    return Times(created, now)


def _pin(found: dict[str, Image], image: Image) -> None:
    known = found.get(image.tag)
    if not image.tag:
        found.setdefault(image.name, image)
    elif known is None or known.name == known.tag:
        found[image.tag] = image
