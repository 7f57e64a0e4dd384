"""Uploads: begun, continued, finished, asked about, given up; and mounts, which spare them.

The ``_state`` in an upload's location is good for one request: whoever builds the location
themselves, drops its query or quotes it wrongly is refused.

Spec: distribution-spec v1.1.1, "Pushing blobs" (end-4 to end-6, end-11, end-13, end-14).
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.fakes.registry.message import RefusedError, Reply
from tests.fakes.registry.storage import Upload, matches

if TYPE_CHECKING:
    from tests.fakes.registry.message import Call
    from tests.fakes.registry.state import State

_CONTENT_RANGE = re.compile(r"(?:bytes )?(\d+)-(\d+)(?:/.*)?")


def post_upload(state: State, call: Call) -> Reply:
    """Begin an upload; or mount a blob, or take it whole, where the query asks for that."""
    repository = state.repository_to_write(call.name)
    if state.options.mounts and _mountable(state, call):
        repository.blobs.add(call.query["mount"])
        return _created(call, call.query["mount"])
    if "digest" in call.query and state.options.whole_blobs:
        return _commit(state, call, call.body)
    upload_id = str(uuid.uuid4())
    repository.uploads[upload_id] = Upload(_new_state())
    return _accepted(state, call, upload_id)


def patch_upload(state: State, call: Call) -> Reply:
    """Take the next bytes; those that came before the line broke are kept, and nobody is told."""
    upload = _open_upload(state, call)
    upload.content += call.body
    return _accepted(state, call, call.reference)


def put_upload(state: State, call: Call) -> Reply:
    """Close the upload with its last bytes and the digest of the whole."""
    upload = _open_upload(state, call)
    del state.storage.repository(call.name).uploads[call.reference]
    return _commit(state, call, bytes(upload.content) + call.body)


def get_upload(state: State, call: Call) -> Reply:
    """Return how many bytes have come; any location of the upload will do."""
    _known_upload(state, call)
    headers = dict(_accepted(state, call, call.reference).headers)
    return Reply(204, headers)


def delete_upload(state: State, call: Call) -> Reply:
    """Return the upload up."""
    _known_upload(state, call)
    state.storage.drop_upload(call.name, call.reference)
    return Reply(204)


def _new_state() -> str:
    """Make a state with all that must be quoted in a query."""
    return f"{uuid.uuid4().hex}+/=&"


def _mountable(state: State, call: Call) -> bool:
    other = state.storage.find(call.query.get("from", ""))
    return other is not None and call.query.get("mount", "") in other.blobs


def _known_upload(state: State, call: Call) -> Upload:
    upload = state.storage.repository(call.name).uploads.get(call.reference)
    if upload is None:
        raise RefusedError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    return upload


def _open_upload(state: State, call: Call) -> Upload:
    upload = _known_upload(state, call)
    if call.query.get("_state") != upload.state:
        raise RefusedError("BLOB_UPLOAD_INVALID", "this is not the upload's latest location")
    chunk = _CONTENT_RANGE.fullmatch(call.headers.get("Content-Range", ""))
    if chunk is not None and int(chunk[1]) != len(upload.content):
        raise _out_of_order(state, call)
    return upload


def _location(state: State, call: Call, upload_id: str) -> str:
    origins = {"relative": "", "absolute": call.origin, "elsewhere": state.upload_origin}
    upload = state.storage.repository(call.name).uploads[upload_id]
    upload.state = _new_state()
    origin = origins[state.options.upload_location]
    return (
        f"{origin}/v2/{call.name}/blobs/uploads/{upload_id}?_state={quote(upload.state, safe='')}"
    )


def _progress(state: State, call: Call, upload_id: str) -> dict[str, str]:
    size_bytes = len(state.storage.repository(call.name).uploads[upload_id].content)
    return {
        "Location": _location(state, call, upload_id),
        "Range": f"0-{max(size_bytes - 1, 0)}",
        "Docker-Upload-UUID": upload_id,
    }


def _accepted(state: State, call: Call, upload_id: str) -> Reply:
    least = state.options.chunk_min
    wish = {"OCI-Chunk-Min-Length": str(least)} if least else {}
    return Reply(202, {**_progress(state, call, upload_id), **wish})


def _out_of_order(state: State, call: Call) -> RefusedError:
    headers = _progress(state, call, call.reference)
    return RefusedError("RANGE_INVALID", "chunks must come in order", headers=headers)


def _commit(state: State, call: Call, content: bytes) -> Reply:
    digest = call.query.get("digest", "")
    if not matches(content, digest):
        raise RefusedError("DIGEST_INVALID", "provided digest did not match uploaded content")
    state.storage.repository(call.name).add_blob(content, digest)
    return _created(call, digest)


def _created(call: Call, digest: str) -> Reply:
    location = f"/v2/{call.name}/blobs/{digest}"
    return Reply(201, {"Location": location, "Docker-Content-Digest": digest})
