"""The border around a registry: which other hosts it may send us to.

A host that is written as an address is judged by its look, and so is ``localhost``. A name is
looked up, once in a run: one that belongs to this machine or to its link is refused, since no
registry has services there that we could reach. It is a look, not a lock: who answers differently
when the connection is made is not caught. Behind a proxy names are the proxy's to look up.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

from reposync.errors import ProtocolError
from reposync.http.proxy import proxy_for
from reposync.registry.redirects.rules import Zone, origin, refuses, zone_of
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

_LOOKUP_TIMEOUT_S = 5.0
_ALWAYS_NEAR = frozenset({Zone.LOOPBACK, Zone.LINK_LOCAL})


async def look_up(host: str) -> Sequence[str]:
    """Return the addresses of *host*; none where it cannot be looked up in a few seconds."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOKUP_TIMEOUT_S):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return ()
    return [str(where[0]).partition("%")[0] for *_, where in found]


class RedirectPolicy:
    """Judges the URLs that one registry gives us; each host once."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        look_up: Callable[[str], Awaitable[Sequence[str]]] = look_up,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._look_up = look_up
        self._zones: dict[str, frozenset[Zone]] = {}
        self._passed: set[str] = set()
        self._lookups: SingleFlight[str, frozenset[Zone]] = SingleFlight()

    async def check(self, registry_url: str, url: str) -> None:
        """Let *url* pass, to which the registry at *registry_url* sends us.

        Raises:
            ProtocolError: It leads to an address that is not for this registry to name.
        """
        there = origin(url).host
        if there in self._passed or there == origin(registry_url).host:
            return
        await self._check(registry_url, url)
        self._passed.add(there)

    async def _check(self, registry_url: str, url: str) -> None:
        registry, there = origin(registry_url).host, origin(url).host
        told = zone_of(there)
        near = {told} if told else await self._zones_of(url) & _ALWAYS_NEAR
        if not near - {Zone.PUBLIC}:
            return
        of_registry = await self._zones_of(registry_url)
        for zone in sorted(near):
            if refuses(of_registry, zone):
                raise ProtocolError(
                    f"{registry} sends to {there}, which is {zone}, and that is refused",
                    hint="have the registry name its services by hosts that others reach too",
                )

    async def _zones_of(self, url: str) -> frozenset[Zone]:
        """Find the zones of a URL's host; a name that cannot be looked up counts as public."""
        host = origin(url).host
        known = self._zones.get(host)
        return known or await self._lookups.run(host, lambda: self._find_zones(host, url))

    async def _find_zones(self, host: str, url: str) -> frozenset[Zone]:
        told = zone_of(host)
        found = {told} if told else {zone_of(each) for each in await self._addresses(url)}
        known = frozenset(zone for zone in found if zone is not None)
        zones = self._zones[host] = known or frozenset({Zone.PUBLIC})
        return zones

    async def _addresses(self, url: str) -> Sequence[str]:
        if proxy_for(url, self._environ):
            return ()
        return await self._look_up(origin(url).host)
