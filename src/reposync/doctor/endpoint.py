"""The connection: address, TLS, server, latency and clock, from the observations. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import TYPE_CHECKING

from reposync.doctor.fields import Tls
from reposync.doctor.findings import Finding, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.doctor.observations import Observation

_HALF_A_SECOND = timedelta(seconds=0.5)
"""What the Date header leaves out on average: it has whole seconds."""


def address(root: Observation, prefix: str) -> Finding:
    """Return who answers; *root* is the first observation."""
    how = "answered over plain HTTP" if root.tls is None else "answered over TLS"
    return Finding("url", f"{root.origin}/{prefix}" if prefix else root.origin, how)


def tls(root: Observation, *, is_verified: bool, now: datetime) -> Finding:
    """Return the version of TLS, and how long the certificate is still valid."""
    if root.tls is None:
        return unknown("tls", "the connection is not encrypted", "no")
    session = root.tls
    if session.expires_at is None:
        why = "accepted" if is_verified else "not verified, because of skip-tls-verify"
        value = Tls(session.version, is_verified)
        return Finding("tls", value, "the handshake", f"{session.version}, certificate {why}")
    days = (session.expires_at - now).days
    value = Tls(session.version, is_verified, session.issuer, session.expires_at, days)
    text = f"{session.version}, certificate of {session.issuer}, {days} days left"
    return Finding("tls", value, "the handshake", text)


def server(observations: Sequence[Observation]) -> list[Finding]:
    """Return what the answers say of the server."""
    headers = {"server": "Server", "api_version": "Docker-Distribution-Api-Version"}
    return [_header(name, header, observations) for name, header in headers.items()]


def _header(name: str, header: str, observations: Sequence[Observation]) -> Finding:
    for observation in observations:
        value = observation.header(header)
        if value:
            return Finding(name, value, f"{header} on {observation.request}")
    return unknown(name, f"no answer has {header}")


def latency(observations: Sequence[Observation]) -> Finding:
    """Return the median time of *observations*, equal requests on a connection that was open."""
    if not observations:
        return unknown("latency_ms", "not measured")
    ms = round(1000 * median(each.elapsed_s for each in observations), 1)
    how = f"the median of {len(observations)} requests {observations[0].request}"
    return Finding("latency_ms", ms, how, f"{ms:g} ms")


def clock(observations: Iterable[Observation]) -> Finding:
    """Return how far the registry's clock is ahead of this machine's, in whole seconds.

    An answer with an Age is a cache's, and its Date is of an earlier time.
    """
    skews = [
        (date + _HALF_A_SECOND - each.asked_at).total_seconds()
        for each in observations
        if "Age" not in each.headers and (date := _date(each)) is not None
    ]
    if not skews:
        return unknown("clock_skew_s", "no answer has a Date")
    seconds = round(median(skews))
    text = f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" if seconds else "in step"
    return Finding("clock_skew_s", seconds, "Date of the answers beside this machine's clock", text)


def _date(observation: Observation) -> datetime | None:
    try:
        date = parsedate_to_datetime(observation.headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
