"""Recognising: whose file it is, by its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.nodes import List, Map, Node, Scalar
from reposync.interop.refusals import refusal

if TYPE_CHECKING:
    from reposync.interop.choice import Tool

_OF_SKOPEO = {"images", "images-by-tag-regex", "images-by-semver"}
_LOOKED_FOR = (
    "looked for `tasks` (dregsy), `sync` (regsync), a map of images to destinations (image-syncer) "
    "and a map of hosts with `images` (skopeo); say whose it is by --from"
)


def recognised(root: Node) -> Tool:
    """Return whose file *root* is the content of.

    Raises:
        RefusalError: It is of no known tool, or ours already.
    """
    entries = (
        {key: entry.value for key, entry in root.entries.items()} if isinstance(root, Map) else {}
    )
    if "registries" in entries and "stages" in entries:
        raise refusal((), "is one of reposync's own", "there is nothing to import")
    if isinstance(entries.get("tasks"), List):
        return "dregsy"
    if isinstance(entries.get("sync"), List):
        return "regsync"
    if entries and all(map(_is_host, entries.values())):
        return "skopeo"
    images = entries.get("images")
    if isinstance(images, Map) or (entries and all(map(_is_image, entries.items()))):
        return "image-syncer"
    raise refusal((), "is none of a tool that is known", _LOOKED_FOR)


def _is_host(value: Node) -> bool:
    return isinstance(value, Map) and not _OF_SKOPEO.isdisjoint(value.entries)


def _is_image(entry: tuple[str, Node]) -> bool:
    source, goal = entry
    is_goal = isinstance(goal, List) or (isinstance(goal, Scalar) and "/" in goal.text)
    return is_goal and ("/" in source or isinstance(goal, Scalar))
