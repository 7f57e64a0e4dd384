"""Listings: tags, the catalog, referrers; each in pages that are linked to one another.

Spec: distribution-spec v1.1.1, end-8a to end-8b, end-12a to end-12b; distribution, "Listing
Repositories".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.fakes.registry.manifests import referrers_of
from tests.fakes.registry.message import RefusedError, Reply, json_reply
from tests.fakes.registry.storage import is_digest

if TYPE_CHECKING:
    from tests.fakes.registry.message import Call
    from tests.fakes.registry.state import State

_INDEX = "application/vnd.oci.image.index.v1+json"
NO_ROUTE = Reply(404, {"Content-Type": "text/plain"}, b"404 page not found\n")
"""What servers say of a path that they do not know."""


def list_tags(state: State, call: Call) -> Reply:
    """List a page of tags in lexical order; ``null`` when there are none, as distribution does."""
    tags, headers = _page(state, call, sorted(state.repository(call.name).tags))
    return json_reply({"name": call.name, "tags": tags or None}, headers)


def list_repositories(state: State, call: Call) -> Reply:
    """List a page of the repositories that hold something."""
    if not state.options.catalog:
        return NO_ROUTE
    names = sorted(name for name in state.storage.repositories if state.storage.find(name))
    page, headers = _page(state, call, names)
    return json_reply({"repositories": page}, headers)


def list_referrers(state: State, call: Call) -> Reply:
    """List a page of a subject's referrers; none, where nothing is known of the subject."""
    if state.options.referrers_api == "html":
        return Reply(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Hello</title>")
    if state.options.referrers_api == "unknown":
        raise RefusedError("MANIFEST_UNKNOWN", f"{call.reference} is unknown")
    if not state.options.referrers_api:
        return NO_ROUTE
    if not is_digest(call.reference):
        raise RefusedError("DIGEST_INVALID", f"{call.reference} is no digest")
    repository = state.storage.find(call.name)
    found = referrers_of(repository, call.reference) if repository else ()
    wanted = call.query.get("artifactType") if state.options.referrers_filter else None
    chosen = {
        entry["digest"]: entry for entry in found if wanted in {None, entry.get("artifactType")}
    }
    page, headers = _page(state, call, list(chosen))
    filters = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
    index = {
        "schemaVersion": 2,
        "mediaType": _INDEX,
        "manifests": [chosen[digest] for digest in page],
    }
    return json_reply(index, {"Content-Type": _INDEX, **headers, **filters})


def _page(state: State, call: Call, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """Cut the page that the query asks for out of sorted *names*; give it with its Link."""
    rest = [name for name in names if name > call.query.get("last", "")]
    size = _page_size(state, call)
    if size is None or size >= len(rest):
        return rest, {}
    page = rest[:size]
    if not page:
        return page, {}
    query = {**call.query, "last": page[-1], "n": str(size)}
    return page, {"Link": f'<{call.path}?{urlencode(query)}>; rel="next"'}


def _page_size(state: State, call: Call) -> int | None:
    wanted = call.query.get("n", "")
    if wanted and not wanted.isdecimal():
        raise RefusedError("PAGINATION_NUMBER_INVALID", f"{wanted} is no number of entries")
    limit = state.options.page_size
    if not wanted:
        return limit
    return int(wanted) if limit is None else min(int(wanted), limit)
