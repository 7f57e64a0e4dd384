"""Proxies: which one, if any, is between us and a host.

Worked out once per host from the environment, by the rules that curl, Go and Docker share:
``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY`` in lower or upper case (lower wins), ``NO_PROXY``
with names, leading dots, ``*``, ports, addresses and networks; loopback is never proxied.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for requests to *url*; None to connect directly."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    proxy = _variable(environ, f"{parts.scheme}_proxy") or _variable(environ, "all_proxy")
    if not proxy or _is_loopback(host) or _is_excepted(host, port, environ):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_excepted(host: str, port: int, environ: Mapping[str, str]) -> bool:
    entries = _variable(environ, "no_proxy").replace(" ", ",").split(",")
    return any(_matches(entry.strip().lower(), host, port) for entry in entries if entry.strip())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(host, entry)
    name, port_text = _split_port(entry)
    if port_text and port_text != str(port):
        return False
    address = _address(name)
    if address is not None:
        return _address(host) == address
    name = name.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")


def _in_network(host: str, network: str) -> bool:
    address = _address(host)
    try:
        return address is not None and address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, str]:
    if _address(entry) is not None:
        return entry, ""
    name, colon, port = entry.rpartition(":")
    return (name, port) if colon and port.isdigit() else (entry, "")
