"""Messages: a request as handlers see it, the reply that they give, the refusal that they raise.

Spec: distribution-spec v1.1.1, "Error Codes".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS = {
    "BLOB_UNKNOWN": 404,
    "BLOB_UPLOAD_INVALID": 404,
    "BLOB_UPLOAD_UNKNOWN": 404,
    "DENIED": 403,
    "DIGEST_INVALID": 400,
    "MANIFEST_BLOB_UNKNOWN": 400,
    "MANIFEST_INVALID": 400,
    "MANIFEST_UNKNOWN": 404,
    "NAME_INVALID": 400,
    "NAME_UNKNOWN": 404,
    "PAGINATION_NUMBER_INVALID": 400,
    "RANGE_INVALID": 416,
    "SIZE_INVALID": 411,
    "TAG_INVALID": 400,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED": 405,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request without its socket.

    ``name`` and ``reference`` are taken from the path; values of a key that ``query`` bears more
    than once have a space between them; ``origin`` is scheme, host and port as the client sees
    them.
    """

    method: str
    path: str
    name: str = ""
    reference: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accept: frozenset[str] = frozenset()
    origin: str = ""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; the answer to a HEAD bears the headers of ``body`` and not its bytes."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class RefusedError(Exception):
    """The registry says no, with one of the specification's codes."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(f"{code}: {message}")
        body = {"errors": [{"code": code, "message": message, "detail": None}]}
        self.reply = json_reply(body, headers, status=status or _STATUS[code])


def json_reply(
    document: object, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> Reply:
    """Answer with *document* as JSON."""
    merged = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, merged, json.dumps(document).encode())
