"""Web pages: what a proxy or a login page returns in the place of a registry. Pure.

Only an answer that is not what was asked for is looked at: servers send good manifests as
``text/html`` too, and a blob may be a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import WebPageError
from reposync.oci.media_type import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.errors import RepoSyncError
    from reposync.registry.buffered_response import BufferedResponse

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_BEGINNINGS = (b"<!doctype html", b"<html")
_LOOKED_AT_BYTES = 1024
PAGE_HINT = (
    "a proxy or a login page may answer in place of the registry; check its url and the proxy "
    "settings"
)


def page_type(headers: Mapping[str, str], body: bytes = b"") -> str | None:
    """Return what to call an answer that is a web page, its media type if it has one."""
    media_type = bare(headers.get("Content-Type", ""))
    if media_type in _PAGES:
        return media_type
    start = body[:_LOOKED_AT_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "a web page" if start.startswith(_BEGINNINGS) else None


def page_or(error: RepoSyncError, answer: BufferedResponse, wanted: str) -> RepoSyncError:
    """Return the error for *answer*, which is not *wanted*: *error*, unless it is a web page."""
    page = page_type(answer.headers, answer.body)
    if page is None:
        return error
    found = WebPageError(
        f"{answer.host} returned {page} instead of {wanted}",
        method=answer.method,
        url=answer.url,
        status=answer.status,
        hint=PAGE_HINT,
    )
    found.host_cause = f"{answer.host} returned {page} instead of a registry's answer"
    return found
