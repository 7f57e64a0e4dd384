"""Start, show and end the development registries: ``python -m dev.registries COMMAND``.

    start    start those that do not run yet, each empty, and fill the source
    stop     end those that start started, and nothing else
    status   show which run; exit code 1 unless all do
    config   print the path of the example file for the ports in force

State lies in ``.dev/`` of the checkout: for each registry its data, its log and what was started.
"""

from __future__ import annotations

import shutil
import socket
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from dev import access, means, running
from dev.means import Files
from dev.plain_client import PlainClient
from dev.seed import seed
from dev.settings import (
    HOST,
    PASSWORD,
    USER,
    DevError,
    DevRegistry,
    configuration,
    registries,
    state_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dev.means import Means

_READY_WITHIN_S: Final = 30.0
_POLL_S: Final = 0.05
_READY: Final = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)


def start() -> int:
    """Start what does not run yet; all that this call started ends again if one fails."""
    missing = [registry for registry in registries() if not _is_running(registry)]
    if missing:
        _check_ports(missing)
        chosen = means.choose()
        try:
            _start(missing, chosen)
        except (DevError, OSError, KeyboardInterrupt):
            _stop(missing)
            raise
        print(f"started by means of {chosen.name}: {', '.join(each.name for each in missing)}")
    else:
        print("already running")
    seed(PlainClient(registries()[0].url))
    return status()


def stop() -> int:
    """End the whole set; what it held is forgotten."""
    ended = _stop(registries())
    print(f"ended: {', '.join(ended)}" if ended else "nothing was running")
    return 0


def status() -> int:
    """Print a line for each registry."""
    everything = {registry: _is_running(registry) for registry in registries()}
    for registry, runs in everything.items():
        login = f"{USER} / {PASSWORD}" if registry.needs_login else "anonymous"
        state = "running" if runs else "stopped"
        print(f"  {registry.name:<8} {registry.url:<24} {login:<24} {state}")
    return 0 if all(everything.values()) else 1


def any_running() -> bool:
    """Return whether some of the set run."""
    return any(_is_running(registry) for registry in registries())


def authority() -> Path:
    """Return the certificate of the authority that signed the registries' certificate."""
    return state_folder() / "ca.pem"


def _start(missing: Iterable[DevRegistry], chosen: Means) -> None:
    state = state_folder()
    state.mkdir(parents=True, exist_ok=True)
    shared = (state / "htpasswd", state / "certificate.pem", state / "key.pem")
    access.write_htpasswd(shared[0])
    access.write_certificate(*shared[1:], authority())
    everything = {registry: Files(_folder(registry), *shared) for registry in missing}
    for registry, files in everything.items():
        shutil.rmtree(files.folder, ignore_errors=True)
        files.folder.mkdir()
        running.save(chosen.start(registry, files), _note(registry))
    for registry, files in everything.items():
        _wait_until_ready(registry, files.log)


def _stop(some: Iterable[DevRegistry]) -> list[str]:
    ended = []
    for registry in some:
        started = running.load(_note(registry))
        if started is not None and started.is_running:
            started.end()
            ended.append(registry.name)
        _note(registry).unlink(missing_ok=True)
    return ended


def _wait_until_ready(registry: DevRegistry, log: Path) -> None:
    client = PlainClient(registry.url)
    deadline = time.monotonic() + _READY_WITHIN_S
    while _is_running(registry) and time.monotonic() < deadline:
        try:
            if client.request("GET", "/v2/").status in _READY:
                return
        except OSError:
            time.sleep(_POLL_S)
    raise DevError(f"{registry.name} does not start; its last words in {log}: {_last_line(log)}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "none"


def _check_ports(some: Iterable[DevRegistry]) -> None:
    for registry in some:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, registry.port))
            except OSError as error:
                raise DevError(
                    f"port {registry.port}, meant for {registry.name}, cannot be had "
                    f"({error.strerror}); set {registry.port_variable} to a free one"
                ) from error


def _is_running(registry: DevRegistry) -> bool:
    started = running.load(_note(registry))
    return started is not None and started.is_running


def _folder(registry: DevRegistry) -> Path:
    return state_folder() / registry.name


def _note(registry: DevRegistry) -> Path:
    return _folder(registry) / "started.json"


def _print_configuration() -> int:
    print(configuration())
    return 0


_COMMANDS: Final = {"start": start, "stop": stop, "status": status, "config": _print_configuration}


def main() -> int:
    """Do what the command line says."""
    command = _COMMANDS.get(sys.argv[1]) if len(sys.argv) == 2 else None  # noqa: PLR2004
    if command is None:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return command()
    except (DevError, OSError) as error:
        print(f"development registries: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
