"""How much of what was sent has been taken by the other side.

What the program has written says little about that: the kernel and TLS hold megabytes, and a slow
link needs minutes for them. Linux counts what was acknowledged. Elsewhere only what waits in front
of the kernel is known.
"""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_BYTES_ACKED = struct.Struct("=Q")
_BYTES_ACKED_AT = 120
"""Where ``tcpi_bytes_acked`` is in Linux's ``struct tcp_info``, since Linux 4.2."""
_TCP_INFO_BYTES = _BYTES_ACKED_AT + _BYTES_ACKED.size


def taken_bytes(transport: asyncio.Transport) -> int:
    """Return a number that grows by one for each byte that the other side takes."""
    acknowledged = _acknowledged(transport.get_extra_info("socket"))
    return -transport.get_write_buffer_size() if acknowledged is None else acknowledged


def _acknowledged(sock: socket.socket) -> int | None:
    """Return how many bytes were acknowledged; None where the system does not count them."""
    if sys.platform == "linux":
        with suppress(OSError):
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            if len(info) == _TCP_INFO_BYTES:
                return int(_BYTES_ACKED.unpack_from(info, _BYTES_ACKED_AT)[0])
    return None
