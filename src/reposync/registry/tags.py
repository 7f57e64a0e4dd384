"""The list of a repository's tags, page after page.

Spec: distribution-spec v1.1.1, end-8.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from reposync.errors import ProtocolError
from reposync.oci import reference
from reposync.registry.call import Call
from reposync.registry.pages import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.registry.client import RegistryClient
    from reposync.registry.tokens import Scope

_PAGE_LIMIT_BYTES = 32 * 1024 * 1024


async def list_tags(client: RegistryClient, scope: Scope) -> AsyncIterator[str]:
    """Iterate over the tags, each once; what is no legal tag is left out.

    No page size is asked for: some registries refuse any that is not theirs.

    Raises:
        NotFoundError: There is no such repository.
        ProtocolError: The answer is no list, or the pages go in a circle or to another host.
    """
    call = Call("GET", f"/v2/{scope.repository}/tags/list", scope, limit_bytes=_PAGE_LIMIT_BYTES)
    seen: set[str] = set()
    async with aclosing(pages(client, call, "tags")) as answers:
        async for answer in answers:
            for tag in _tags(answer.body, client.host):
                if tag not in seen:
                    seen.add(tag)
                    yield tag


def _tags(body: bytes, host: str) -> list[str]:
    try:
        entries = json.loads(body).get("tags") or []
        return [tag for tag in entries if isinstance(tag, str) and reference.is_tag(tag)]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ProtocolError(f"{host} answered something that is no list of tags") from error
