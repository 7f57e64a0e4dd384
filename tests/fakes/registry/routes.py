"""Routes: which handler a method and a path belong to, and what their parts are called.

Spec: distribution-spec v1.1.1, "Endpoints".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.fakes.registry import access, blobs, listings, manifests, uploads
from tests.fakes.registry.access import TokenAuth
from tests.fakes.registry.message import Call, RefusedError, Reply
from tests.fakes.registry.state import State

Handler = Callable[[State, Call], Reply]


def _ping(_state: State, _call: Call) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, b"{}")


def _token(state: State, call: Call) -> Reply:
    if not isinstance(state.options.auth, TokenAuth):
        raise RefusedError("UNSUPPORTED", "this registry gives no tokens")
    return state.options.auth.issuer.answer(call)


_ROUTES: tuple[tuple[re.Pattern[str], Mapping[str, Handler]], ...] = (
    (re.compile(r"/token"), {"GET": _token, "POST": _token}),
    (re.compile(r"/v2/"), {"GET": _ping, "HEAD": _ping}),
    (re.compile(r"/v2/_catalog"), {"GET": listings.list_repositories}),
    (re.compile(r"/v2/(?P<name>.+)/tags/list"), {"GET": listings.list_tags}),
    (re.compile(r"/v2/(?P<name>.+)/blobs/uploads/"), {"POST": uploads.post_upload}),
    (
        re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<reference>[^/]+)"),
        {
            "GET": uploads.get_upload,
            "PATCH": uploads.patch_upload,
            "PUT": uploads.put_upload,
            "DELETE": uploads.delete_upload,
        },
    ),
    (
        re.compile(r"/v2/(?P<name>.+)/blobs/(?P<reference>[^/]+)"),
        {"GET": blobs.get_blob, "HEAD": blobs.head_blob, "DELETE": blobs.delete_blob},
    ),
    (
        re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)"),
        {
            "GET": manifests.get_manifest,
            "HEAD": manifests.head_manifest,
            "PUT": manifests.put_manifest,
            "DELETE": manifests.delete_manifest,
        },
    ),
    (
        re.compile(r"/v2/(?P<name>.+)/referrers/(?P<reference>[^/]+)"),
        {"GET": listings.list_referrers},
    ),
)


def name_parts(call: Call) -> Call:
    """Fill in what the path names: repository, and tag, digest or upload."""
    for pattern, _ in _ROUTES:
        match = pattern.fullmatch(call.path)
        if match is not None:
            parts = match.groupdict(default="")
            return replace(call, name=parts.get("name", ""), reference=parts.get("reference", ""))
    return call


def refusal(state: State, call: Call) -> Reply | None:
    """Decide by the head of the request alone whether it is refused, before its body is read."""
    try:
        _handler(call)
        _check_read_only(state, call)
        if _is_signed_upload(state, call):
            _check_signed(call)
        elif call.path != "/token":
            access.check(state.options.auth, call)
        _check_length(state, call)
        _check_limit(state, call)
    except RefusedError as refused:
        return refused.reply
    return None


def answer(state: State, call: Call) -> Reply:
    """Carry the request out."""
    try:
        return _handler(call)(state, call)
    except RefusedError as refused:
        return refused.reply


def _handler(call: Call) -> Handler:
    for pattern, handlers in _ROUTES:
        if pattern.fullmatch(call.path) is None:
            continue
        if call.method not in handlers:
            raise RefusedError("UNSUPPORTED", f"{call.method} is not supported here")
        return handlers[call.method]
    raise RefusedError("NAME_UNKNOWN", f"there is nothing at {call.path}")


def _check_read_only(state: State, call: Call) -> None:
    if state.options.read_only and call.method not in {"GET", "HEAD"}:
        raise RefusedError("UNSUPPORTED", "The operation is unsupported.")


def _check_length(state: State, call: Call) -> None:
    if state.options.length_required and "Transfer-Encoding" in call.headers:
        raise RefusedError("SIZE_INVALID", "send Content-Length")


def _check_limit(state: State, call: Call) -> None:
    limit = state.options.body_limit
    if limit is not None and int(call.headers.get("Content-Length", "0")) > limit:
        raise RefusedError("UNKNOWN", "too large", status=413)


def _is_signed_upload(state: State, call: Call) -> bool:
    elsewhere = call.origin == state.upload_origin
    return elsewhere and "/blobs/uploads/" in call.path and bool(call.reference)


def _check_signed(call: Call) -> None:
    """Refuse what object stores refuse: a second way to say who one is."""
    if "Authorization" in call.headers:
        raise RefusedError("DENIED", "only one way of authentication is allowed", status=400)
