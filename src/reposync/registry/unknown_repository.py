"""Repositories that a registry does not know: where they would be, and what to check. Pure.

Spec: distribution-spec v1.1.1, "Error Codes" (code-7, NAME_UNKNOWN).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection

    from reposync.registry.buffered_response import BufferedResponse

_PATH = r"/v2/(?P<repository>.+?)/(?:manifests|blobs|tags|referrers)/.*"
_LIST = "/tags/list"
_CHECK = "the name, the path in the registry's url, and what this account may see"
_READ_HINT = f"check {_CHECK}"
_WRITE_HINT = f"create the repository or its project at the registry, or check {_CHECK}"


def unknown_repository(
    answer: BufferedResponse, codes: Collection[str], detail: str
) -> NotFoundError | None:
    """Return the error for *answer* if it says that there is no such repository.

    *detail* is what the registry says. A 404 without a code means it for a list of tags alone.
    """
    path = re.fullmatch(_PATH, answer.path)
    is_known_by_list = not codes and answer.path.endswith(_LIST)
    if answer.status != HTTPStatus.NOT_FOUND or path is None:
        return None
    if "NAME_UNKNOWN" not in codes and not is_known_by_list:
        return None
    or_no_list = ", or does not list its tags" if is_known_by_list else ""
    return NotFoundError(
        f"{answer.host} has no repository {path['repository']}{or_no_list} "
        f"({answer.status} {detail or 'without a reason'})",
        method=answer.method,
        url=answer.url,
        status=answer.status,
        codes=tuple(codes),
        hint=_READ_HINT if answer.method in {"GET", "HEAD"} else _WRITE_HINT,
    )
