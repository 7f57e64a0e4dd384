"""Request heads: method, target and headers as bytes. A pure rule.

Spec: RFC 9112, section 3; RFC 9110, section 8.6 (Content-Length).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from reposync import __version__
from reposync.http.failures import BadHeaderError

if TYPE_CHECKING:
    from reposync.http.route import Route
    from reposync.http.transport import Request

_FIXED = f"\r\nUser-Agent: reposync/{__version__}\r\nAccept-Encoding: identity\r\n"
_BREAK = re.compile(r"[\r\n\0]")
_UNSAFE = re.compile(r"[^\x21-\x7e]")
_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_LENGTH_NEEDED = frozenset({"POST", "PUT", "PATCH"})


def request_head(request: Request, target: str, route: Route) -> bytes:
    """Write the head of *request* as it goes along *route*.

    Raises:
        BadHeaderError: A header has a line break or NUL in its value.
    """
    if _UNSAFE.search(target):
        target = quote(target, safe=_SAFE, errors="surrogateescape")
    lines = [
        f"{request.method} {route.absolute_prefix}{target} HTTP/1.1\r\n",
        f"Host: {route.authority}{_FIXED}",
        *[f"{name}: {_clean(value)}\r\n" for name, value in request.headers.items()],
    ]
    if "Accept" not in request.headers:
        lines.append("Accept: */*\r\n")
    if request.body is not None or request.method in _LENGTH_NEEDED:
        lines.append(f"Content-Length: {_length(request)}\r\n")
    if route.proxy and not route.is_tls and route.proxy.authorization:
        lines.append(f"Proxy-Authorization: {route.proxy.authorization}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def connect_head(route: Route) -> bytes:
    """Write the request for a tunnel along *route*.

    Spec: RFC 9110, section 9.3.6.
    """
    host = f"[{route.host}]" if ":" in route.host else route.host
    target = f"{host}:{route.port}"
    proof = route.proxy.authorization if route.proxy else ""
    shown = f"Proxy-Authorization: {proof}\r\n" if proof else ""
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}{_FIXED}{shown}\r\n".encode()


def _length(request: Request) -> int:
    if request.body is None:
        return 0
    return len(request.body) if isinstance(request.body, bytes) else request.body_bytes


def _clean(value: str) -> str:
    if _BREAK.search(value):
        raise BadHeaderError
    return value
