"""The list of a repository's tags, page after page.

Spec: distribution-spec v1.1.1, end-8.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from reposync.errors import NotFoundError, ProtocolError
from reposync.oci import reference
from reposync.registry.call import Call
from reposync.registry.pages import pages
from reposync.registry.web_page import page_or

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.registry.auth.tokens import Scope
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_PAGE_LIMIT_BYTES = 32 * 1024 * 1024
_ROUND = 50
_FEW_TAGS_TIMEOUT_S = 5.0
_NO_REPOSITORY = "NAME_UNKNOWN"


async def list_tags(client: RegistryClient, scope: Scope) -> AsyncIterator[str]:
    """Iterate over the tags, each once; what is no legal tag is left out.

    No page size is asked for: some registries refuse any that is not theirs.

    Raises:
        NotFoundError: There is no such repository.
        ProtocolError: The answer is no list, or the pages go in a circle or to another host.
    """
    call = Call("GET", _path(scope), scope, limit_bytes=_PAGE_LIMIT_BYTES)
    seen: set[str] = set()
    async with aclosing(pages(client, call, "tags")) as answers:
        async for answer in answers:
            for tag in _tags(answer, client.host):
                if tag not in seen:
                    seen.add(tag)
                    yield tag


async def list_few_tags(client: RegistryClient, scope: Scope) -> frozenset[str] | None:
    """List the tags if one answer holds them all; None where it may not.

    It is asked once, and not waited for long: to do without costs little, and some take minutes.
    A registry that cuts its lists without a word cuts them at a round number.

    Raises:
        RepoSyncError: It gives none.
    """
    call = Call(
        "GET",
        _path(scope),
        scope,
        limit_bytes=_PAGE_LIMIT_BYTES,
        answer_timeout_s=_FEW_TAGS_TIMEOUT_S,
    )
    try:
        answer = await client.ask_once(call)
    except NotFoundError as error:
        if _NO_REPOSITORY not in error.codes:
            raise  # it may be the list that there is none of
        return frozenset()
    tags = frozenset(_tags(answer, client.host))
    is_cut = bool(answer.headers.get("Link")) or bool(tags and len(tags) % _ROUND == 0)
    return None if is_cut else tags


def _path(scope: Scope) -> str:
    return f"/v2/{scope.repository}/tags/list"


def _tags(answer: BufferedResponse, host: str) -> list[str]:
    try:
        entries = json.loads(answer.body).get("tags") or []
        return [tag for tag in entries if isinstance(tag, str) and reference.is_tag(tag)]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        other = ProtocolError(f"{host} answered something that is no list of tags")
        raise page_or(other, answer, "a list of tags") from error
