"""Lists in pages: from one answer to the next, to an end that is certain to come.

Decides where the next page is and when a list has none; what stands in a page is its reader's
matter.

Spec: distribution-spec v1.1.1, "Listing Tags"; RFC 8288 for Link.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from reposync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from reposync.registry.answers import Answer
    from reposync.registry.call import Call
    from reposync.registry.client import RegistryClient

_PAGES_LIMIT = 10_000
_LINK = re.compile(r'\s*<?([^>;,]*)>?((?:\s*;\s*[^;,="]+(?:=(?:"[^"]*"|[^",;]*))?)*)\s*(?:,|$)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?next"?\s*(?:;|$)', re.IGNORECASE)


async def pages(client: RegistryClient, call: Call, what: str) -> AsyncGenerator[Answer, None]:
    """Ask *call* and then for page after page; *what* says in an error what is listed.

    Raises:
        ProtocolError: The pages go in a circle, to another host, or on and on.
    """
    asked: set[str] = set()
    while len(asked) < _PAGES_LIMIT:
        if call.target in asked:
            raise ProtocolError(f"{client.host} gives its pages of {what} in a circle")
        asked.add(call.target)
        answer = await client.ask(call)
        yield answer
        following = next_page(answer.headers.get("Link", ""), answer.url)
        if following is None:
            return
        call = replace(call, target=following)
    raise ProtocolError(f"{client.host} gives more than {_PAGES_LIMIT} pages of {what}")


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
                    f"{urlsplit(url).netloc} sends to {parts.netloc} for the next page of a list, "
                    "which is refused"
                )
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return None
