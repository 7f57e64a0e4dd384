"""Naming: which tag a selected image gets at the destination.

A name that ``as`` gives is final, and so is that of a digest tag: a signature is found by its name
alone. All other tags get the name that the template makes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.oci.referrers import is_digest_tag
from reposync.selection.selectors import Matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.selection.choose import Image
    from reposync.selection.selectors import Selector
    from reposync.selection.tag_template import TagTemplate


def destination_tag(
    template: TagTemplate | None, selectors: Sequence[Selector], image: Image
) -> str:
    """Return the tag of *image* at the destination, "" for none; without *template* it is kept.

    Raises:
        InvalidReferenceError: The template makes no valid tag of it.
    """
    if template is None or template.keeps_names or is_kept(image):
        return image.tag
    return template.fill(image.tag, _groups_in(selectors, image.tag))


def is_kept(image: Image) -> bool:
    """Return whether no template changes the name of *image*."""
    return image.is_alias or not image.tag or is_digest_tag(image.tag)


def groups_of(selectors: Iterable[Selector]) -> tuple[str, ...]:
    """Return the named groups of the ``regex:`` lines, which a template may use."""
    names = (name for it in _expressions(selectors) for name in it.pattern.expression.groups)
    return tuple(dict.fromkeys(names))


def _groups_in(selectors: Iterable[Selector], tag: str) -> dict[str, str]:
    """Return what the groups hold in *tag*; of two lines with the same group, the first's."""
    found: dict[str, str] = {}
    for selector in _expressions(selectors):
        found = {**(selector.pattern.expression.match(tag) or {}), **found}
    return found


def _expressions(selectors: Iterable[Selector]) -> Iterable[Matching]:
    return (it for it in selectors if isinstance(it, Matching) and not it.pattern.inverted)
