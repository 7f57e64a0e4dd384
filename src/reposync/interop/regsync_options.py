"""regsync's other keys: what becomes of them, for an entry and under ``defaults``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.interop.platforms import platform, tell_referrers

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.tree import Tree

_SHARED = {
    "interval": "let a timer, a CronJob or the like start run-reposync",
    "schedule": "let a timer, a CronJob or the like start run-reposync",
    "backup": "copy to another repository first, in a stage that the other depends on",
    "referrerSource": "referrers are looked for beside their image",
    "referrerTarget": "referrers go beside their image",
    "referrerSlow": "",
    "fastCheck": "an image that is up to date costs one look on either side",
    "forceRecursive": "",
    "includeExternal": "layers that lie elsewhere stay there; their addresses are kept",
    "mediaTypes": "everything that the source has is copied",
    "hooks": "regsync does not run them either",
}
_OF_DEFAULTS = {
    "parallel": "call with --parallel-sync-tasks",
    "cacheCount": "",
    "cacheTime": "",
    "blobLimit": "",
    "userAgent": "",
}
_KNOWN = {"ratelimit", "digestTags", "referrers", "referrerFilters"}
_READ = {*_KNOWN, "skipDockerConfig"}
_OF_ENTRY = {"source", "target", "type", "repos", "tags", "tagSets", "platform", "platforms"}


class Merged(Struct, frozen=True):
    """An entry, and the defaults that hold where it says nothing."""

    entry: NodeCursor
    defaults: NodeCursor

    def get(self, *keys: str) -> NodeCursor:
        """Return what holds for the entry."""
        found = []
        for at in (self.entry, self.defaults):
            here = at
            for key in keys:
                here = here.get(key)
            found.append(here)
        own, default = found
        return own if own or not default else default


def tell_top(root: NodeCursor, job: Import) -> None:
    """Report what is outside of the entries."""
    known = {key for key, _ in root.entries() if key.startswith("x-")}
    job.losses.left_out(root, {"version", "creds", "defaults", "sync", *known}, {})
    job.losses.left_out(root.get("defaults"), _READ, {**_SHARED, **_OF_DEFAULTS})


def tell_entry(entry: NodeCursor, job: Import) -> None:
    """Report the keys of *entry* that have no equal."""
    job.losses.left_out(entry, _KNOWN | _OF_ENTRY, _SHARED)


def entry_options(merged: Merged, job: Import) -> dict[str, Tree]:
    """Return the options of a destination.

    Raises:
        RefusalError: A platform is none.
    """
    limit = merged.get("ratelimit", "min")
    if limit.text() not in {"", "0"}:
        job.losses.lose(
            limit.path,
            "regsync waits until more pulls are allowed; here nothing more is fetched in that run",
            "run it again later",
        )
    return {**_platforms(merged.entry, job), **_referrers(merged, job)}


def _platforms(entry: NodeCursor, job: Import) -> dict[str, Tree]:
    one, several = entry.get("platform"), entry.get("platforms").items()
    if one:
        job.losses.lose(
            one.path,
            "regsync copies the image of one platform in place of the index; here the tag names "
            "an index with that image alone",
        )
        return {"platforms": [platform(one, one.text())]}
    named = [at for at in several if at.text()]
    for at in several:
        if not at.text():
            told = "what an index lists without a platform stays with the image it describes"
            job.losses.lose(at.path, told)
    if not named:
        return {}
    return {
        "platforms": [platform(at, at.text()) for at in named],
        "platform_mode": "sparse",
    }


def _referrers(merged: Merged, job: Import) -> dict[str, Tree]:
    wanted, by_tag = merged.get("referrers").flag(), merged.get("digestTags").flag()
    filters = merged.get("referrerFilters")
    if wanted is None and not by_tag:
        tell_referrers(job)
    if wanted is False and not by_tag:
        return {"referrers": False}
    types: list[Tree] = []
    for at in filters.items():
        job.losses.left_out(at, {"artifactType"}, {"annotations": "only the type is looked at"})
        if kind := at.get("artifactType").text():
            types.append(kind)
    return {"referrers": {"artifact_types": types}} if types and wanted else {}
