"""Blobs: there or not, whole or in part, here or at another host.

Spec: distribution-spec v1.1.1, end-2 and end-10; RFC 9110, section 14.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.registry.message import RefusedError, Reply

if TYPE_CHECKING:
    from tests.fakes.registry.message import Call
    from tests.fakes.registry.state import State

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def get_blob(state: State, call: Call) -> Reply:
    """Return a blob, or the part of it that ``Range`` asks for, or send the client elsewhere."""
    content = _content(state, call)
    if state.options.blob_host is not None:
        location = state.options.blob_host.offer(call.reference, content)
        return Reply(307, {"Location": location})
    headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": call.reference}
    asked = call.headers.get("Range", "") if state.options.ranges else ""
    wanted = _RANGE.fullmatch(asked)
    if wanted is None:
        return Reply(200, {**headers, "Accept-Ranges": "bytes"}, content)
    return _part(content, int(wanted[1]), wanted[2], headers)


def head_blob(state: State, call: Call) -> Reply:
    """Return whether the blob is there; never sends the client elsewhere."""
    content = _content(state, call)
    headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": call.reference}
    return Reply(200, headers, content)


def delete_blob(state: State, call: Call) -> Reply:
    """Take the blob out of this repository; others keep it."""
    if state.options.deletes not in {"all", "digests"}:
        raise RefusedError("UNSUPPORTED", "The operation is unsupported.")
    _content(state, call)
    state.repository(call.name).blobs.discard(call.reference)
    return Reply(202)


def _content(state: State, call: Call) -> bytes:
    repository = state.storage.find(call.name)
    if repository is None or call.reference not in repository.blobs:
        raise RefusedError("BLOB_UNKNOWN", "blob unknown to registry")
    return state.storage.contents[call.reference]


def _part(content: bytes, first: int, last: str, headers: dict[str, str]) -> Reply:
    end = min(int(last) + 1 if last else len(content), len(content))
    if first >= end:
        unsatisfied = {"Content-Range": f"bytes */{len(content)}"}
        raise RefusedError("RANGE_INVALID", "no such bytes", headers=unsatisfied)
    span = {"Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}
    return Reply(206, {**headers, **span}, content[first:end])
