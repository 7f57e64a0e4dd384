"""Hosts: what all clients of one host share, whichever keys of the file they are for.

A server sees one machine that asks, not the keys of its file. So how much it is asked, the pauses
that it wants, whether it still answers, and what is known of it, are kept once for each host.
Credentials and tokens are each client's own, and so are uploads that wait for their bytes, which
were opened with them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reposync.registry.capabilities import CapabilityRecord
from reposync.registry.referrers_support import ReferrersSupport
from reposync.registry.throttle.byte_rate import ByteRate
from reposync.registry.throttle.circuit_breaker import CircuitBreaker
from reposync.registry.throttle.host_limits import UNBOUNDED, Bounds, HostLimits
from reposync.registry.throttle.pull_quota import Quotas
from reposync.registry.throttle.storage_full import StorageFull
from reposync.registry.warning_headers import WarningHeaders

if TYPE_CHECKING:
    from reposync.registry.capabilities import RegistryCapabilities


class HostState:
    """The state of the host with the canonical *name*; made on the event loop that it is used on.

    *bounds* always hold; *known* is what earlier runs learned of it.
    """

    def __init__(
        self,
        name: str,
        *,
        bounds: Bounds = UNBOUNDED,
        known: RegistryCapabilities | None = None,
    ) -> None:
        now_s = asyncio.get_running_loop().time
        self.name = name
        self.capabilities = CapabilityRecord(name, known)
        self.limits = HostLimits(name, bounds=bounds)
        bytes_per_s = bounds.bytes_per_second
        self.byte_rate = ByteRate(bytes_per_s, now_s) if bytes_per_s else None
        self.breaker = CircuitBreaker(name, now_s)
        self.space = StorageFull(now_s)
        self.warning_headers = WarningHeaders(name)
        self.quotas = Quotas(name)
        self.referrers = ReferrersSupport(name)
