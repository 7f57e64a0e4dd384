"""Lists in pages: from one answer to the next, to an end that is certain to come.

Decides where the next page is and when a list has none; what is in a page is its reader's
matter.

Spec: distribution-spec v1.1.1, "Listing Tags"; RFC 8288 for Link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec.structs import replace

from reposync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.call import Call
    from reposync.registry.client import RegistryClient

_PAGES_LIMIT = 10_000
_LINK_LIMIT = 8 * 1024
_TARGET = re.compile(r"[\s,]*(?:<([^>]*)>|<?([^<>;,]*))")
_PARAMETER = re.compile(r'\s*;\s*([^\s;,="]*)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"]*)))?')


async def pages(
    client: RegistryClient, call: Call, what: str
) -> AsyncGenerator[BufferedResponse, None]:
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
        ProtocolError: It leads to another host, or nowhere.
    """
    host = urlsplit(url).netloc
    if len(link) > _LINK_LIMIT:
        raise ProtocolError(f"{host} gives a link to the next page that is too long to read")
    target = next((target for target, relations in _links(link) if "next" in relations), "")
    if not target:
        return None
    try:
        parts = urlsplit(urljoin(url, target))
    except ValueError as error:
        raise ProtocolError(f"{host} gives a URL that cannot be used for the next page") from error
    if parts.netloc != host:
        raise ProtocolError(
            f"{host} sends to {parts.netloc} for the next page of a list, which is refused"
        )
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _links(link: str) -> Iterator[tuple[str, list[str]]]:
    """Return each target with its relations; what cannot be read is passed over.

    Spec: RFC 8288, section 3; without the brackets too, since some leave them out.
    """
    position = 0
    while position < len(link) and (match := _TARGET.match(link, position)):
        target = match[1] if match[1] is not None else match[2]
        position, relations = match.end(), list[str]()
        while parameter := _PARAMETER.match(link, position):
            name, quoted, bare = parameter.groups(default="")
            if name.lower() == "rel" and not relations:
                relations = (quoted or bare).lower().split()
            position = parameter.end()
        yield target.strip(), relations
        comma = link.find(",", position)
        position = comma + 1 if comma >= 0 else len(link)
