"""A network of two: this one, and a namespace at the far end of a link that can be cut and spoilt.

Only root can have it, where ``ip`` and ``nft`` are there and the kernel lets it; else tests skip.
Addresses are of the block that is kept for such tests (RFC 2544), another pair for each process.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from tests.servers import packages

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = IPv4Address("198.18.0.0")
_PAIRS = 2**14
_numbers = itertools.count()
_COUNTED = re.compile(r"counter packets (\d+)")


@dataclass(frozen=True, slots=True)
class FarEnd:
    """The far end of a link; a server there listens at ``address``."""

    name: str
    address: str
    device: str

    @property
    def inside(self) -> tuple[str, ...]:
        """What precedes a command that runs there."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Take the link down: what is sent is lost, and nobody is told."""
        _run(*self.inside, "ip", "link", "set", self.device, "down")

    def mend(self) -> None:
        """Bring the link up again."""
        _run(*self.inside, "ip", "link", "set", self.device, "up")

    def spoil(self, *rules: str) -> None:
        """Filter what comes in there by *rules* of nftables, instead of those before.

        Raises:
            Skipped: This kernel knows no such rules.
        """
        lines = ["add table ip spoilt", "flush table ip spoilt"]
        lines += ["add chain ip spoilt input { type filter hook input priority 0 ; }"]
        lines += [f"add rule ip spoilt input {rule}" for rule in rules]
        try:
            _run(*self.inside, "nft", "-f", "-", said="\n".join(lines) + "\n")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this kernel has no such rules of nftables: {error.stderr[:200]}")

    def spoilt(self) -> int:
        """Count the packets that rules with a ``counter`` were applied to."""
        told = _run(*self.inside, "nft", "list", "table", "ip", "spoilt")
        return sum(map(int, _COUNTED.findall(told)))


@contextmanager
def far_end() -> Iterator[FarEnd]:
    """Make a namespace and a link to it, as long as the block lasts.

    Raises:
        Skipped: They cannot be had here.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can make network namespaces")
    for program in ("ip", "nft"):
        packages.require(program)
    number = next(_numbers)
    pair = (os.getpid() * 61 + number) % _PAIRS
    near, far = str(_BLOCK + 4 * pair + 1), str(_BLOCK + 4 * pair + 2)
    name = f"rs{os.getpid()}n{number}"
    try:
        _run("ip", "netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
    end = FarEnd(name, far, f"f{name}")
    try:
        _link(end, near, f"n{name}")
        yield end
    finally:
        subprocess.run(["ip", "link", "delete", f"n{name}"], check=False, capture_output=True)
        _run("ip", "netns", "delete", name)


def _link(end: FarEnd, near: str, device: str) -> None:
    try:
        _run(
            *("ip", "link", "add", device, "type", "veth"), *("peer", end.device, "netns", end.name)
        )
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no pair of virtual devices can be made here: {error.stderr.strip()}")
    _run("ip", "address", "add", f"{near}/30", "dev", device)
    _run("ip", "link", "set", device, "up")
    _run(*end.inside, "ip", "address", "add", f"{end.address}/30", "dev", end.device)
    for each in ("lo", end.device):
        _run(*end.inside, "ip", "link", "set", each, "up")


def _run(*command: str, said: str = "") -> str:
    done = subprocess.run(command, input=said, check=True, capture_output=True, text=True)
    return done.stdout
