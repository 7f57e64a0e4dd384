"""Routes: the way to a server, directly or through a proxy. A pure reading of URLs."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from reposync.http.failures import BadURLError, ProxyUnreachableError
from reposync.http.proxy import proxy_for
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}


class Proxy(Redacted, frozen=True):
    """An HTTP proxy; ``authorization`` is what it wants to see, empty for nothing."""

    redacted = frozenset({"authorization"})

    host: str
    port: int
    is_tls: bool
    authorization: str = ""


class Route(Struct, frozen=True, eq=False):
    """The way to one server, one object for each; ``authority`` is host and port as users see it.

    ``host`` is a name or an address without brackets. ``absolute_prefix`` precedes the path in
    a request line: a proxy that looks at requests must know whom they are for.
    """

    host: str
    port: int
    authority: str
    is_tls: bool
    proxy: Proxy | None = None
    absolute_prefix: str = ""

    __hash__ = object.__hash__

    @property
    def is_tunnelled(self) -> bool:
        """Whether the proxy passes bytes on without a look at them."""
        return self.proxy is not None and self.is_tls


def split(url: str) -> tuple[str, str]:
    """Part *url* into its origin and the target of the request line."""
    start = url.find("/", url.find("://") + 3)
    if start < 0:
        return url, "/"
    return url[:start], url[start:].partition("#")[0]


def route_to(origin: str, environ: Mapping[str, str]) -> Route:
    """Find the way to *origin*, a URL without a path.

    Raises:
        BadURLError: It is none.
        ProxyUnreachableError: The proxy's URL is none.
    """
    parts = _parts(origin)
    if parts is None or parts.query or parts.fragment:
        raise BadURLError
    host, port = _ascii(parts.hostname or ""), parts.port or _PORTS[parts.scheme]
    is_tls = parts.scheme == "https"
    bracketed = f"[{host}]" if ":" in host else host
    authority = bracketed if port == _PORTS[parts.scheme] else f"{bracketed}:{port}"
    proxy = proxy_for(origin, environ)
    if not proxy:
        return Route(host, port, authority, is_tls)
    prefix = "" if is_tls else f"http://{authority}"
    return Route(host, port, authority, is_tls, _proxy(proxy), prefix)


def shown(url: str) -> str:
    """Return host and port of *url* for a sentence; never a user or a password."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2] or "the registry"


def _proxy(url: str) -> Proxy:
    parts = _parts(url)
    if parts is None:
        raise ProxyUnreachableError
    authorization = ""
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(user.encode()).decode()}"
    port = parts.port or _PORTS[parts.scheme]
    return Proxy(_ascii(parts.hostname or ""), port, parts.scheme == "https", authorization)


def _parts(url: str) -> SplitResult | None:
    """Read *url*, if it is one of HTTP with a host and a possible port."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_good else None


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise BadURLError from None
