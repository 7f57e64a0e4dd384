"""The connection: address, TLS, server, latency and clock, from the exchanges. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import TYPE_CHECKING

from reposync.doctor.finding import Finding, unknown
from reposync.doctor.report import Tls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.doctor.exchanges import Exchange

_HALF_A_SECOND = timedelta(seconds=0.5)
"""What the Date header leaves out on average: it has whole seconds."""


def address(root: Exchange, prefix: str) -> Finding:
    """Return who answers; *root* is the first exchange."""
    how = "answered over plain HTTP" if root.tls is None else "answered over TLS"
    return Finding("url", f"{root.origin}/{prefix}" if prefix else root.origin, how)


def tls(root: Exchange, *, is_verified: bool, now: datetime) -> Finding:
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


def server(exchanges: Sequence[Exchange]) -> list[Finding]:
    """Return what the answers say of the server."""
    headers = {"server": "Server", "api_version": "Docker-Distribution-Api-Version"}
    return [_header(name, header, exchanges) for name, header in headers.items()]


def _header(name: str, header: str, exchanges: Sequence[Exchange]) -> Finding:
    for exchange in exchanges:
        value = exchange.header(header)
        if value:
            return Finding(name, value, f"{header} on {exchange.request}")
    return unknown(name, f"no answer has {header}")


def latency(exchanges: Sequence[Exchange]) -> Finding:
    """Return the median time of *exchanges*, equal requests on a connection that was open."""
    if not exchanges:
        return unknown("latency_ms", "not measured")
    ms = round(1000 * median(each.elapsed_s for each in exchanges), 1)
    how = f"the median of {len(exchanges)} requests {exchanges[0].request}"
    return Finding("latency_ms", ms, how, f"{ms:g} ms")


def clock(exchanges: Iterable[Exchange]) -> Finding:
    """Return how far the registry's clock is ahead of this machine's, in whole seconds.

    An answer with an Age is a cache's, and its Date is of an earlier time.
    """
    skews = [
        (date + _HALF_A_SECOND - each.asked_at).total_seconds()
        for each in exchanges
        if "Age" not in each.headers and (date := _date(each)) is not None
    ]
    if not skews:
        return unknown("clock_skew_s", "no answer has a Date")
    seconds = round(median(skews))
    text = f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" if seconds else "in step"
    return Finding("clock_skew_s", seconds, "Date of the answers beside this machine's clock", text)


def _date(exchange: Exchange) -> datetime | None:
    try:
        date = parsedate_to_datetime(exchange.headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
