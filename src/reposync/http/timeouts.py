"""Timeouts: how long a registry may take to accept a connection, and how long it may be silent."""

from __future__ import annotations

from msgspec import Struct

CONNECT_TIMEOUT_S = 15.0
STALL_TIMEOUT_S = 60.0


class Timeouts(Struct, frozen=True):
    """Seconds to connect, and seconds in which nothing comes or nothing is taken."""

    connect_s: float = CONNECT_TIMEOUT_S
    stall_s: float = STALL_TIMEOUT_S
