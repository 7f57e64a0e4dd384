"""A link of a user-space kind between two network namespaces: delay, and loss.

Kernels without netem can do no such thing themselves. A TUN device stands in each namespace, and
this process carries the packets over. Without loss it takes the kernel's large packets (64 KiB,
segmentation left out), so that it costs little; with loss each packet is one of 1,500 bytes and is
lost by itself, as on a real line.

``python -m bench.link RTT_MS LOSS_PCT`` prints ``ready NEAR FAR``, the two namespaces as paths, and
holds them until its standard input ends. The near one has the address 10.202.0.1, the far one
10.202.0.2.
"""

from __future__ import annotations

import collections
import ctypes
import fcntl
import os
import random
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR: Final = "10.202.0.1"
FAR: Final = "10.202.0.2"
_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET
_SET_TUN: Final = 0x400454CA
_SET_OFFLOAD: Final = 0x400454D0
_TUN, _NO_PACKET_INFO, _VIRTIO_HEADER = 0x0001, 0x1000, 0x4000
_CHECKSUM_AND_TCP4: Final = 1 | 2
_SET_FLAGS, _SET_ADDRESS, _SET_MASK, _SET_QUEUE = 0x8914, 0x8916, 0x891C, 0x8943
_UP_AND_RUNNING: Final = 0x41
_QUEUE_PACKETS: Final = 10_000
_LARGEST_BYTES: Final = 65_535 + 10
_BATCH: Final = 64
_STDIN: Final = 0

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Hold the link until standard input ends."""
    rtt_ms, loss_pct = float(sys.argv[1]), float(sys.argv[2])
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        near = _side(NEAR, large=not loss_pct)
        far = _side(FAR, large=not loss_pct)
        _call(_libc.setns(home, _NEW_NETWORK))
    except OSError as error:
        print(f"no network namespaces here: {error}", flush=True)
        return 1
    print(f"ready {near[1]} {far[1]}", flush=True)
    _carry(near[0], far[0], rtt_ms / 2000, loss_pct / 100)
    return 0


def _side(address: str, *, large: bool) -> tuple[int, str]:
    """Make a namespace with one end of the link; give its device and its path."""
    _call(_libc.unshare(_NEW_NETWORK))
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = _TUN | _NO_PACKET_INFO | (_VIRTIO_HEADER if large else 0)
    fcntl.ioctl(device, _SET_TUN, struct.pack("16sH22x", b"tun0", flags))
    if large:
        fcntl.ioctl(device, _SET_OFFLOAD, _CHECKSUM_AND_TCP4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _set(control, _SET_FLAGS, b"lo", struct.pack("H22x", _UP_AND_RUNNING))
        _set(control, _SET_ADDRESS, b"tun0", _internet(address))
        _set(control, _SET_MASK, b"tun0", _internet("255.255.255.0"))
        _set(control, _SET_QUEUE, b"tun0", struct.pack("i20x", _QUEUE_PACKETS))
        _set(control, _SET_FLAGS, b"tun0", struct.pack("H22x", _UP_AND_RUNNING))
    return device, f"/proc/{os.getpid()}/fd/{namespace}"


def _set(control: socket.socket, what: int, device: bytes, value: bytes) -> None:
    fcntl.ioctl(control, what, struct.pack("16s24s", device, value))


def _internet(address: str) -> bytes:
    return struct.pack("HH4s16x", socket.AF_INET, 0, socket.inet_aton(address))


def _call(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _carry(near: int, far: int, delay_s: float, loss: float) -> None:
    other = {near: far, far: near}
    on_the_way: collections.deque[tuple[float, int, bytes]] = collections.deque()
    while True:
        wait_s = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        readable, _, _ = select.select([near, far, _STDIN], [], [], wait_s)
        if _STDIN in readable and not os.read(_STDIN, 1):
            return
        for device in readable:
            if device != _STDIN:
                for packet in _packets(device):
                    if random.random() >= loss:
                        arrives_at = time.monotonic() + delay_s
                        on_the_way.append((arrives_at, other[device], packet))
        now = time.monotonic()
        while on_the_way and on_the_way[0][0] <= now:
            _, device, packet = on_the_way.popleft()
            with suppress(OSError):
                os.write(device, packet)


def _packets(device: int) -> Iterator[bytes]:
    with suppress(BlockingIOError):
        for _ in range(_BATCH):
            yield os.read(device, _LARGEST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
