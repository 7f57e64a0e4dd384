"""The list of a repository's tags, page after page.

Spec: distribution-spec v1.1.1, end-8; RFC 8288 for Link.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from reposync.errors import ProtocolError
from reposync.oci import reference
from reposync.registry.call import Call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reposync.registry.client import RegistryClient
    from reposync.registry.tokens import Scope

_PAGE_LIMIT_BYTES = 32 * 1024 * 1024
_LINK = re.compile(r'\s*<?([^>;,]*)>?((?:\s*;\s*[^;,="]+(?:=(?:"[^"]*"|[^",;]*))?)*)\s*(?:,|$)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?next"?\s*(?:;|$)', re.IGNORECASE)


async def list_tags(client: RegistryClient, scope: Scope) -> AsyncIterator[str]:
    """Iterate over the tags, each once; what is no legal tag is left out.

    No page size is asked for: some registries refuse any that is not theirs.

    Raises:
        NotFoundError: There is no such repository.
        ProtocolError: The answer is no list, or the pages go in a circle or to another host.
    """
    path: str | None = f"/v2/{scope.repository}/tags/list"
    pages: set[str] = set()
    seen: set[str] = set()
    while path is not None:
        if path in pages:
            raise ProtocolError(f"{client.host} gives its pages of tags in a circle")
        pages.add(path)
        answer = await client.ask(Call("GET", path, scope, limit_bytes=_PAGE_LIMIT_BYTES))
        for tag in _tags(answer.body, client.host):
            if tag not in seen:
                seen.add(tag)
                yield tag
        path = next_page(answer.headers.get("Link", ""), answer.url)


def _tags(body: bytes, host: str) -> list[str]:
    try:
        entries = json.loads(body).get("tags") or []
        return [tag for tag in entries if isinstance(tag, str) and reference.is_tag(tag)]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ProtocolError(f"{host} answered something that is no list of tags") from error


def next_page(link: str, url: str) -> str | None:
    """Find the path and query of the next page in a Link header of the answer from *url*.

    The scheme does not count, since proxies that end TLS get it wrong; another host is refused.

    Raises:
        ProtocolError: It leads to another host.
    """
    for match in _LINK.finditer(link):
        target, parameters = match[1].strip(), match[2]
        if target and _NEXT.search(parameters):
            parts = urlsplit(urljoin(url, target))
            if parts.netloc != urlsplit(url).netloc:
                raise ProtocolError(
                    f"{urlsplit(url).netloc} sends to {parts.netloc} for more tags, "
                    "which is refused"
                )
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return None
