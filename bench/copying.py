"""One call of one tool: to fresh registries, measured, and every digest compared afterwards."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import measuring
from bench.measuring import Command
from bench.processes import BenchError
from bench.registry import registry
from bench.results import Measurement
from bench.rounds import OverLimitError
from bench.store import Store
from bench.tools.tool import Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.cases import Case
    from bench.certificates import Certificates
    from bench.network import Network
    from bench.registry import Registry
    from bench.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Ground:
    """What all tools find alike: the case, the source and what it holds, and what lies between."""

    case: Case
    source: Registry
    catalogue: Mapping[str, Mapping[str, str]]
    network: Network
    certificates: Certificates | None
    folder: Path
    limit_s: float


def call(tool: Tool, ground: Ground) -> Measurement:
    """Let *tool* do the work of the case.

    Raises:
        OverLimitError: It was not done in time.
        BenchError: It failed, or what it left at a destination is not what the source has.
    """
    folder = ground.folder / "call"
    folder.mkdir()
    try:
        with ExitStack() as stack:
            destinations = [
                stack.enter_context(_destination(ground, folder / f"to-{number}"))
                for number in range(ground.case.workload.destinations)
            ]
            measurement = _measure(tool, ground, destinations, folder)
            for destination in destinations:
                _compare(tool, ground, destination.store)
            return measurement
    finally:
        shutil.rmtree(folder)


def _destination(ground: Ground, folder: Path) -> AbstractContextManager[Registry]:
    store = Store(folder)
    if ground.case.workload.is_done:
        ground.source.store.copy_to(store)
    else:
        folder.mkdir()
    return registry(store, ground.network, ground.certificates)


def _measure(tool: Tool, ground: Ground, destinations: list[Registry], folder: Path) -> Measurement:
    authority = ground.certificates.authority if ground.certificates else None
    job = Job(
        {repository: tuple(tags) for repository, tags in ground.catalogue.items()},
        ground.source.endpoint,
        tuple(each.endpoint for each in destinations),
        authority,
    )
    home = folder / "home"
    home.mkdir()
    environ = _environment(home, authority)
    command = Command(tool.command_line(tool.program, job, home), environ)
    ground.source.log.skip()
    usage = measuring.run(command, folder, ground.limit_s, ground.network.tool_prefix)
    served = ground.source.log.take()
    if usage.is_over:
        raise OverLimitError(ground.limit_s)
    if usage.status:
        raise BenchError(f"{tool.name} ended with {usage.status}: {usage.last_words}")
    return Measurement(
        usage.wall_s, usage.cpu_s, usage.peak_bytes, served.requests, served.body_bytes
    )


def _compare(tool: Tool, ground: Ground, store: Store) -> None:
    faults = store.differences(ground.catalogue)
    if faults:
        more = f", and {len(faults) - 1:,} more" if len(faults) > 1 else ""
        raise BenchError(f"{tool.name} made a copy that differs: {faults[0]}{more}")


def _environment(home: Path, authority: Path | None) -> dict[str, str]:
    """Return an environment in which no settings, logins or caches of this user are found."""
    logins, registries = home / "auth.json", home / "registries.conf"
    logins.write_text('{"auths": {}}')
    registries.write_text("")
    places = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")
    for name in places:
        (home / name.lower()).mkdir()
    trust = {"SSL_CERT_FILE": str(authority)} if authority else {}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        **{name: str(home / name.lower()) for name in places},
        "DOCKER_CONFIG": str(home),
        "REGCTL_CONFIG": str(home / ".regctl" / "config.json"),
        "REGISTRY_AUTH_FILE": str(logins),
        "CONTAINERS_REGISTRIES_CONF": str(registries),
        **trust,
    }
