"""Tags that never move: how registries refuse to put another manifest under one.

Each says it in its own way (ECR 400 TAG_INVALID, Harbor 412 PRECONDITION, ACR 405 or 409, Nexus
400, Artifactory 403); what they have in common is the wording. Whether the tag names another
manifest indeed is found out by whoever pushed.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import ConflictError, RegistryError

if TYPE_CHECKING:
    from reposync.oci.error_code import ErrorBody

_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.LOCKED,
    }
)
_OTHER_MATTERS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
_OTHER_CODES = frozenset({"MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "TOOMANYREQUESTS"})
_CERTAIN = r"(?i)immutab|tag_?already_?exists"
_LIKELY = (
    r"(?i)already[ _]?exists|overwrit|redeploy|(?:does not|not) allow(?:ed)? (?:updating|to update)"
    r"|operation is disallowed|is locked|write.?protected"
)
_MANIFEST_PATH = r"/v2/(?P<repository>.+)/manifests/(?P<tag>[^/:]+)"


class TagRefusedError(RegistryError):
    """A registry does not put a manifest under a tag, as it seems since the tag never moves.

    A signal within the client, which looks at the tag and tells ``ConflictError`` or nothing.
    """


def refuses_to_move(method: str, path: str, status: int, body: ErrorBody) -> bool:
    """Return whether a refusal of *method* at *path* speaks of a tag that must stay as it is.

    Names that are in the text do not count: a repository may be called anything.
    """
    put = re.fullmatch(_MANIFEST_PATH, path)
    if method != "PUT" or put is None or status < HTTPStatus.BAD_REQUEST:
        return False
    if status in _OTHER_MATTERS or _OTHER_CODES & set(body.codes):
        return False
    said = body.message.replace(put["repository"], "").replace(put["tag"], "")
    text = f"{' '.join(body.codes)} {said}"
    return bool(re.search(_CERTAIN, text) or (status in _REFUSALS and re.search(_LIKELY, text)))


def conflict(host: str, tag: str) -> ConflictError:
    """Report that *tag* names another manifest and stays."""
    return ConflictError(
        f"{host} refuses to move tag {tag}, which is immutable there",
        hint="leave such tags as they are with overwrite: never, or let the registry move them",
    )
