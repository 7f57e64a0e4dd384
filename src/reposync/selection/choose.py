"""Choosing: which of the source's images the lines of a rule select.

Names are always selected. Rules include tags; without any rule or name all tags are included. Then
``keep`` lines narrow the included tags: expressions first, then ``latest``, then ``newer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.narrowing import (
    Times,
    included,
    includes_all,
    named_tags,
    narrowed,
    narrowings,
)
from reposync.selection.selectors import KeepNewer, Matching, Named, Pinned, Selector, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


class Image(Struct, frozen=True):
    """An image to copy: its name at the source, and its tag, before any template of tags.

    ``name`` is a tag or a digest; ``tag`` is "" if the image gets none. ``is_alias`` means that
    ``as`` gives it that tag.
    """

    name: str
    tag: str
    is_alias: bool = False


def choose(
    selectors: Sequence[Selector],
    tags: Iterable[str],
    *,
    created: Mapping[str, datetime | None] | None = None,
    now: datetime | None = None,
) -> tuple[Image, ...]:
    """Return the selected images: named ones in the order of the file, then others by name.

    Without *created*, ``newer`` lines are not applied; ``needs_times`` returns which times are
    needed. Then call again with these and *now*, all aware datetimes.

    Raises:
        ValueError: *created* is given without *now*.
    """
    times = times_of(created, now)
    chosen = included(selectors, tags)
    for _, selector in narrowings(selectors):
        chosen = narrowed(selector, chosen, times)
    return (*named_images(selectors), *(Image(tag, tag) for tag in sorted(chosen)))


def named_images(selectors: Iterable[Selector]) -> tuple[Image, ...]:
    """Return the named images, each tag once, and each name that ``as`` gives.

    A digest that gets a tag takes precedence over the tag itself.
    """
    found: dict[Image | str, Image] = {}
    for selector in selectors:
        match selector:
            case Named(tag=tag, aliases=()):
                found.setdefault(tag, Image(tag, tag))
            case Named(tag=tag, aliases=aliases):
                named = [Image(tag, alias, is_alias=True) for alias in aliases]
                found |= dict(zip(named, named, strict=True))
            case Pinned(digest=digest, tag=tag):
                _pin(found, Image(digest, tag))
    return tuple(found.values())


def wants_list(selectors: Sequence[Selector]) -> bool:
    """Return whether the source must list its tags."""
    return includes_all(selectors) or any(isinstance(it, Matching | Versions) for it in selectors)


def needs_times(selectors: Sequence[Selector], images: Iterable[Image]) -> tuple[str, ...]:
    """Return the names of those of the chosen *images* whose creation time is needed."""
    if not any(isinstance(it, KeepNewer) for it in selectors):
        return ()
    named = named_tags(selectors)
    return tuple(it.name for it in images if it.tag and not {it.tag, it.name} & named)


def times_of(created: Mapping[str, datetime | None] | None, now: datetime | None) -> Times | None:
    """Return *created* and *now* as one value; None without *created*.

    Raises:
        ValueError: *created* is given without *now*.
    """
    if created is None:
        return None
    if now is None:
        raise ValueError("ages need the current time")
    return Times(created, now)


def _pin(found: dict[Image | str, Image], image: Image) -> None:
    known = found.get(image.tag)
    if not image.tag:
        found.setdefault(image.name, image)
    elif known is None or known.name == known.tag:
        found[image.tag] = image
