"""Where registries listen and how tools reach them: loopback, a link, or a proxy that delays."""

from __future__ import annotations

import itertools
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench import link
from bench.processes import BenchError, helper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.cases import Link

_LOOPBACK: Final = "127.0.0.1"
_FIRST_PORT: Final = 5000


@dataclass(frozen=True, slots=True)
class Network:
    """The address where registries listen, and what their and the tools' commands begin with.

    ``proxied_rtt_ms`` is not None where a proxy has to stand before each registry.
    """

    address: str = _LOOPBACK
    registry_prefix: tuple[str, ...] = ()
    tool_prefix: tuple[str, ...] = ()
    proxied_rtt_ms: float | None = None
    _ports: Iterator[int] = field(default_factory=lambda: itertools.count(_FIRST_PORT))

    def free_port(self) -> int:
        """Return a port that a registry can take."""
        if self.registry_prefix:  # nobody else is in its namespace
            return next(self._ports)
        with socket.socket() as probe:
            probe.bind((self.address, 0))
            port: int = probe.getsockname()[1]
            return port

    @contextmanager
    def reach(self, port: int) -> Iterator[str]:
        """Return host and port where tools find the registry that listens on *port*."""
        if self.proxied_rtt_ms is None:
            yield f"{self.address}:{port}"
            return
        with helper("bench.proxy", str(self.proxied_rtt_ms), str(port)) as words:
            yield f"{self.address}:{words[0]}"


@contextmanager
def network(wanted: Link) -> Iterator[Network]:
    """Make what *wanted* asks for, as long as the block lasts.

    Raises:
        BenchError: It wants loss, which needs network namespaces, and this system gives none.
    """
    if wanted.is_direct:
        yield Network()
        return
    with ExitStack() as stack:
        try:
            external_copier = helper("bench.link", str(wanted.rtt_ms), str(wanted.loss_pct))
            near, far = stack.enter_context(external_copier)
        except BenchError:
            if wanted.loss_pct:  # a proxy has whole streams, and can lose nothing of them
                raise
            yield Network(proxied_rtt_ms=wanted.rtt_ms)
        else:
            yield Network(link.FAR, _within(far), _within(near))


def _within(namespace: str) -> tuple[str, ...]:
    return ("nsenter", f"--net={namespace}")
