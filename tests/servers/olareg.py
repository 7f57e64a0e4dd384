"""A real registry with the referrers API: olareg, in memory, on a free port of loopback.

It has no blob or manifest of an upload that was not closed, refuses an index whose children are
missing unless told otherwise, and says nothing when it is ready.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bcrypt
from tests.servers import environment, packages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.docker_registry import Login

_BCRYPT_COST = 4  # the least there is
_READY_LIMIT_S = 20.0
_END_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Olareg:
    """A registry that runs; ``host`` is host and port, ``login`` one that it accepts."""

    host: str
    login: Login | None = None

    @property
    def url(self) -> str:
        """Its URL, without a slash at its end."""
        return f"http://{self.host}"


@contextmanager
def olareg(
    directory: Path,
    *,
    login: Login | None = None,
    repositories: str = "*",
    sparse: bool = False,
    referrers_api: bool = True,
) -> Iterator[Olareg]:
    """Run olareg as long as the block lasts, with its configuration in *directory*.

    With *login* that user alone has access, and only to the *repositories* of that name or pattern:
    ``GET /v2/`` is refused even to them. *sparse* has it take manifests whose parts are missing.
    """
    program = packages.require("olareg")
    port = _free_port()
    command = [program, "serve", "--addr", "127.0.0.1", "--port", str(port), "--store-type", "mem"]
    command += ["--api-delete", f"--api-referrer={str(referrers_api).lower()}"]
    if sparse:
        command += ["--api-sparse-image", "--api-sparse-index"]
    if login is not None:
        command += ["--auth-basic", str(_access(directory, login, repositories))]
    log = directory / "olareg.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=environment.clean(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield Olareg(f"127.0.0.1:{port}", login)
        finally:
            process.terminate()
            process.wait(_END_LIMIT_S)


def _access(directory: Path, login: Login, repositories: str) -> Path:
    hashed = bcrypt.hashpw(login.password.encode(), bcrypt.gensalt(_BCRYPT_COST)).decode()
    access = {
        "users": {login.user: {"cred": hashed}},
        "groups": {"team": {"members": [login.user]}},
        "acls": [{"repo": repositories, "access": ["*"], "members": [login.user]}],
    }
    file = directory / "access.json"
    file.write_text(json.dumps(access))
    return file


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it takes connections.

    Raises:
        RuntimeError: It ended, or did not begin in time; the message is what it said.
    """
    until_s = time.monotonic() + _READY_LIMIT_S
    while process.poll() is None and time.monotonic() < until_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise RuntimeError(f"olareg does not listen: {log.read_text()}")
