"""Lines to registries: their schemes, whom they trust, what they show; by the file and certs.d."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.config.certificates import named_pair
from reposync.config.quantities import duration_s
from reposync.http.http_transport import HttpTransport
from reposync.http.timeouts import CONNECT_TIMEOUT_S, STALL_TIMEOUT_S, Timeouts
from reposync.oci.address import parse_address
from reposync.registry import trust_directories
from reposync.registry.client_certificates import OwnHostTransport
from reposync.retry import RetryPolicy
from reposync.trust import ClientPair, Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.model import Registry
    from reposync.http.traffic import Traffic
    from reposync.http.transport import Transport


class Transports:
    """The transports of a run: one for each host, trust and timeouts, shared by keys with the same.

    A connection belongs to a scheme, a host and a port, so that keys which allow other schemes may
    share it too. One that shows a client's certificate is not used for a key that names another.
    """

    def __init__(self, environ: Mapping[str, str], traffic: Traffic | None = None) -> None:
        self._environ = environ
        self._traffic = traffic
        self._open: dict[tuple[str, Trust, Timeouts], HttpTransport] = {}

    def to(self, registry: Registry) -> Transport:
        """Return the transport to *registry*.

        Raises:
            CertificateFileError: A file of certificates or keys cannot be used.
        """
        trust, host = trust_in(registry, self._environ), parse_address(registry.url).host
        own = self._with(host, trust, timeouts(registry))
        if not trust.pairs:
            return own
        others = self._with(host, replace(trust, pairs=()), timeouts(registry))
        return OwnHostTransport(host, own, others)

    async def close(self) -> None:
        """Close all connections."""
        async with AsyncExitStack() as stack:
            for each in self._open.values():
                stack.push_async_callback(each.close)

    def _with(self, host: str, trust: Trust, timeouts: Timeouts) -> HttpTransport:
        key = host, trust, timeouts
        if key not in self._open:
            self._open[key] = HttpTransport(
                tls=tls_context(trust),
                environ=self._environ,
                timeouts=timeouts,
                traffic=self._traffic,
            )
        return self._open[key]


def timeouts(registry: Registry) -> Timeouts:
    """Return how long *registry* may take to connect, and may be silent."""
    return Timeouts(
        duration_s(registry.connect_timeout, CONNECT_TIMEOUT_S),
        duration_s(registry.stall_timeout, STALL_TIMEOUT_S),
    )


def retry_policy(registry: Registry) -> RetryPolicy:
    """Return how often an operation at *registry* is tried."""
    stall_timeout_s = timeouts(registry).stall_s
    if registry.retries is None:
        return RetryPolicy(stall_timeout_s=stall_timeout_s)
    return RetryPolicy(tries=registry.retries + 1, stall_timeout_s=stall_timeout_s)


def schemes(registry: Registry) -> tuple[str, ...]:
    """Return how *registry* may be spoken to, in the order in which that is tried."""
    said = parse_address(registry.url).scheme
    if said:
        return (said,)
    return ("https", "http") if registry.skip_tls_verify else ("https",)


def is_proven(registry: Registry) -> bool:
    """Return whether it is the registry itself, and nobody between, that reads what is sent."""
    return "http" not in schemes(registry) and not registry.skip_tls_verify


def trust_in(registry: Registry, environ: Mapping[str, str]) -> Trust:
    """Decide what holds for *registry*: what the file names takes the place of what certs.d has.

    Raises:
        CertificateFileError: In certs.d, a certificate or a key lacks the other.
    """
    named = named_pair(registry)
    is_asked = registry.ca_file is None or named is None
    host, among = parse_address(registry.url).host, trust_directories.roots(environ)
    kept = trust_directories.found(host, among) if is_asked else Trust()
    authorities = kept.authorities if registry.ca_file is None else (registry.ca_file,)
    verify = not registry.skip_tls_verify
    pairs = kept.pairs if named is None else (ClientPair(*named),)
    return Trust(verify, authorities if verify else (), pairs)
