"""Where an answer may send us: redirects, locations of uploads, realms of tokens. A pure rule.

What a registry says is not trusted: it must not take what we send from TLS to plain HTTP, nor make
us ask servers that it cannot reach itself, such as those of this machine or of its network.

Spec: RFC 9110, section 17.9; RFC 6890 for what addresses are for.
"""

from __future__ import annotations

import re
import socket
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from reposync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Collection

_PORTS = {"http": 80, "https": 443}
_URL = r"(?i)(https?)://([^/?#]*)([^#]*)"
_AUTHORITY = (
    r"(?i)(?P<host>\[[0-9a-f:.]+\]|[^\s@:%\[\]\\\x00-\x20\x7f-\x9f\ud800-\udfff]+)"
    r"(?::(?P<port>[0-9]{0,5}))?"
)
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
# Where clouds tell a machine its secrets, beside what is link-local by its look: EC2 over IPv6,
# Azure, Alibaba, Oracle.
_METADATA = frozenset(
    map(ip_address, ("fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"))
)


class Zone(StrEnum):
    """How far an address reaches; the value names one in a sentence."""

    PUBLIC = "a public address"
    PRIVATE = "a private address"
    LINK_LOCAL = "a link-local address"
    LOOPBACK = "a loopback address"


class Origin(NamedTuple):
    """Who is asked: the host in lower case, without brackets and without a dot at its end."""

    scheme: str
    host: str
    port: int


_MAY_LEAD_FROM = {
    Zone.PUBLIC: frozenset(Zone),
    Zone.PRIVATE: frozenset(Zone) - {Zone.PUBLIC},
    Zone.LINK_LOCAL: frozenset({Zone.LINK_LOCAL}),
    Zone.LOOPBACK: frozenset({Zone.LOOPBACK}),
}


def resolved(sender: str, target: str) -> str:
    """Return the URL that *target* means, which came in an answer from the URL *sender*.

    What is of the sender's own server begins as the sender's URL does. So does its name under
    plain HTTP, though the sender speaks TLS: behind proxies that end TLS, registries get it wrong.

    Raises:
        ProtocolError: It is no URL that can be used, or it leads from TLS to another server in
            the clear.
    """
    if target.isprintable() and "#" not in target and target.startswith(_root(sender)):
        return target
    scheme, authority, _ = _parts(sender, sender)
    new_scheme, new_authority, new_rest = _parts(joined(sender, target), sender)
    here, there = _origin(scheme, authority), _origin(new_scheme, new_authority)
    is_wrong_scheme = _name(there, new_authority) == _name(here, authority)
    if there == here or (scheme == "https" and is_wrong_scheme):
        return f"{scheme}://{authority}{new_rest}"
    if scheme == "https" and new_scheme == "http":
        raise ProtocolError(
            f"{authority} sends from TLS to plain HTTP at {new_authority}, which is refused",
            hint="have the registry name its services by https",
        )
    return f"{new_scheme}://{new_authority}{new_rest}"


def origin(url: str) -> Origin:
    """Return who is asked by *url*.

    Raises:
        ProtocolError: It is no URL that can be used.
    """
    scheme, authority, _ = _parts(url, url)
    return _origin(scheme, authority)


def zone_of(host: str) -> Zone | None:
    """Return by its look how far *host* reaches; None for a name, whose look tells nothing."""
    if host == "localhost" or host.endswith(".localhost"):
        return Zone.LOOPBACK
    address = _address(host)
    return None if address is None else _zone(address)


def refuses(registry: Collection[Zone], there: Zone) -> bool:
    """Return whether a registry with addresses in these zones must not send us *there*.

    Loopback and link-local addresses are for their own kind alone; private ones for all that are
    not public.
    """
    return _MAY_LEAD_FROM[there].isdisjoint(registry)


def joined(sender: str, target: str) -> str:
    """Make an absolute URL of *target*; what is no URL stays what it is, for others to refuse."""
    scheme, _, rest = target.partition("://")
    if scheme in _PORTS and rest[:1] not in ("", "/") and target.isprintable():
        return target
    try:
        return urljoin(sender, target)
    except ValueError:
        return target


def _root(url: str) -> str:
    """Return *url* with nothing behind the slash that follows its authority."""
    end = url.find("/", url.find("://") + 3)
    return f"{url}/" if end < 0 else url[: end + 1]


def _parts(url: str, sender: str) -> tuple[str, str, str]:
    """Part *url* into scheme, authority, and path with query."""
    match = re.match(_URL, url)
    if match is None or not _is_authority(match[2]):
        name = re.match(_URL, sender)
        told_by = name[2] if name and _is_authority(name[2]) else "the registry"
        raise ProtocolError(f"{told_by} gives a URL that cannot be used")
    rest = match[3]
    return match[1].lower(), match[2], rest if rest.startswith("/") else f"/{rest}"


def _is_authority(text: str) -> bool:
    match = re.fullmatch(_AUTHORITY, text)
    return match is not None and _ascii(match["host"]) != ""


def _origin(scheme: str, authority: str) -> Origin:
    match = re.fullmatch(_AUTHORITY, authority)
    assert match is not None  # noqa: S101 -- _parts lets nothing else pass
    host = _ascii(match["host"]).lower().strip("[]").rstrip(".")
    return Origin(scheme, host, int(match["port"] or _PORTS[scheme]))


def _name(there: Origin, authority: str) -> tuple[str, int | None]:
    """Return the host, and the port where *authority* names one."""
    match = re.fullmatch(_AUTHORITY, authority)
    return there.host, there.port if match and match["port"] else None


def _ascii(host: str) -> str:
    """Return *host* as it is looked up, since wide digits are digits there; "" for none."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host))  # resolvers take 127.1 and 0x7f000001 too
    except OSError:
        return None


def _zone(address: IPv4Address | IPv6Address) -> Zone:
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        return _zone(inner)
    if address in _METADATA or address.is_link_local:
        return Zone.LINK_LOCAL
    if address.is_loopback or address.is_unspecified:
        return Zone.LOOPBACK
    return Zone.PUBLIC if address.is_global else Zone.PRIVATE


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that *address* stands for, if it does."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
