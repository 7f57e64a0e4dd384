"""docker-registry, distribution's server: over a store, with an access log and no other."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.access_log import AccessLog
from bench.processes import BenchError, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.certificates import Certificates
    from bench.network import Network
    from bench.store import Store

PROGRAM: Final = "docker-registry"
_READY_LIMIT_S: Final = 20.0
_POLL_S: Final = 0.01
_LISTENS: Final = "0A"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where tools find a registry, as references begin, and whether it speaks TLS."""

    host: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry that runs."""

    endpoint: Endpoint
    store: Store
    log: AccessLog


@contextmanager
def registry(
    store: Store, network: Network, certificates: Certificates | None
) -> Iterator[Registry]:
    """Run a registry over *store* as long as the block lasts; by TLS with *certificates*.

    Raises:
        BenchError: It is not installed, or does not start.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise BenchError(f"{PROGRAM} is not installed; on Debian, apt-get install {PROGRAM}")
    port = network.free_port()
    address = (network.address, port)
    document, log = Path(f"{store.folder}.yml"), Path(f"{store.folder}.log")
    document.write_text(json.dumps(_configuration(store, address, certificates)))
    command = [*network.registry_prefix, program, "serve", str(document)]
    environ = {"PATH": os.defpath, "OTEL_TRACES_EXPORTER": "none"}
    with (
        log.open("wb") as output,
        running(command, environ, output) as process,
        network.reach(port) as host,
    ):
        _wait(process.pid, address, log)
        yield Registry(Endpoint(host, certificates is not None), store, AccessLog(log))


def _configuration(
    store: Store, address: tuple[str, int], certificates: Certificates | None
) -> dict[str, Any]:
    http: dict[str, Any] = {"addr": f"{address[0]}:{address[1]}"}
    if certificates is not None:
        http["tls"] = {"certificate": str(certificates.chain), "key": str(certificates.key)}
    return {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(store.folder)}},
        "http": http,
    }


def _wait(pid: int, address: tuple[str, int], log: Path) -> None:
    """Wait until the process listens; asks the system, so that no request is logged."""
    deadline = time.monotonic() + _READY_LIMIT_S
    while time.monotonic() < deadline:
        if address in _listening(pid):
            return
        time.sleep(_POLL_S)
    words = log.read_text(errors="replace").strip().splitlines()
    raise BenchError(f"{PROGRAM} does not start: {words[-1] if words else 'it says nothing'}")


def _listening(pid: int) -> set[tuple[str, int]]:
    """Return the addresses that are listened on in the network namespace of process *pid*."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return set()
    fields = (line.split() for line in lines)
    return {_address(local) for _, local, _, state, *_ in fields if state == _LISTENS}


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return socket.inet_ntoa(struct.pack("=I", int(host, 16))), int(port, 16)
