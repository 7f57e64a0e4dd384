"""By which means a development registry runs: Debian's package, a container, or in memory.

The first that can be had is taken, unless ``REPOSYNC_DEV_MEANS`` names one. Each starts one
registry, empty, and gives back what it started.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dev.running import Container, Running, start_process
from dev.settings import HOST, PASSWORD, ROOT, USER, DevError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dev.settings import DevRegistry

_IMAGE: Final = "docker.io/library/registry:2"
_CONTAINER_PORT: Final = 5000
_CONTAINER_FOLDER: Final = "/etc/reposync-dev"


@dataclass(frozen=True, slots=True)
class Files:
    """Where one registry keeps its own, and where the set keeps what all share."""

    folder: Path
    htpasswd: Path
    certificate: Path
    key: Path

    @property
    def log(self) -> Path:
        """What the registry prints."""
        return self.folder / "log"


@dataclass(frozen=True, slots=True)
class Means:
    """One way to run a registry."""

    name: str
    is_there: Callable[[], bool]
    start: Callable[[DevRegistry, Files], Running]


def choose() -> Means:
    """Return the means that the environment names, else the first that can be had.

    Raises:
        DevError: The named one is unknown or cannot be had.
    """
    name = os.environ.get("REPOSYNC_DEV_MEANS", "")
    known = {means.name: means for means in (_DEBIAN, _DOCKER, _MEMORY)}
    if not name:
        return next(means for means in known.values() if means.is_there())
    if name not in known:
        raise DevError(f"REPOSYNC_DEV_MEANS is {name!r}; it may be {', '.join(known)}")
    if not known[name].is_there():
        raise DevError(f"REPOSYNC_DEV_MEANS is {name}, which cannot be had on this machine")
    return known[name]


def _debian_is_there() -> bool:
    if not shutil.which("docker-registry"):
        script = ROOT / "dev" / "system_packages.sh"
        subprocess.run(["bash", script, "docker-registry"], stdout=sys.stderr, check=False)
    return shutil.which("docker-registry") is not None


def _start_debian(registry: DevRegistry, files: Files) -> Running:
    address, data = f"{HOST}:{registry.port}", files.folder / "data"
    document = _configuration(registry, address, data, files)
    configuration = files.folder / "config.yml"
    configuration.write_text(json.dumps(document))
    # Variables such as REGISTRY_AUTH_FILE, which other tools use, would override its file.
    environ = {name: text for name, text in os.environ.items() if not name.startswith("REGISTRY_")}
    command = ["docker-registry", "serve", str(configuration)]
    return start_process(command, environ, files.log, ROOT)


def _docker_is_there() -> bool:
    if not shutil.which("docker"):
        return False
    calls = (
        ["docker", "info", "--format", "{{.ServerVersion}}"],
        ["docker", "image", "inspect", _IMAGE],
    )
    answers, stands = (subprocess.run(call, capture_output=True, check=False) for call in calls)
    if answers.returncode or not answers.stdout.strip():
        return False
    pull = ["docker", "pull", "--quiet", _IMAGE]
    return stands.returncode == 0 or subprocess.run(pull, check=False).returncode == 0


def _start_docker(registry: DevRegistry, files: Files) -> Running:
    inside = Files(
        *(_inside(path) for path in (files.folder, files.htpasswd, files.certificate, files.key))
    )
    address = f":{_CONTAINER_PORT}"
    document = _configuration(registry, address, inside.folder / "data", inside)
    configuration = files.folder / "config.yml"
    configuration.write_text(json.dumps(document))
    command = ["docker", "run", "--detach", "--publish", f"{registry.host}:{_CONTAINER_PORT}"]
    shared = (files.htpasswd, files.certificate, files.key) if registry.needs_login else ()
    for path in (configuration, *shared):
        command += ["--volume", f"{path}:{_inside(path)}:ro"]
    command += [_IMAGE, "serve", str(_inside(configuration))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    files.log.write_text(answer.stderr)
    container = Container(answer.stdout.strip())
    if answer.returncode:
        container.end()
        raise DevError(f"docker cannot run {registry.name}: {answer.stderr.strip()}")
    return container


def _inside(path: Path) -> Path:
    return path.__class__(_CONTAINER_FOLDER, path.name)


def _configuration(registry: DevRegistry, address: str, data: Path, files: Files) -> dict[str, Any]:
    """Return the settings of distribution 2; JSON is YAML enough for it."""
    http: dict[str, Any] = {"addr": address}
    if registry.tls:
        http["tls"] = {"certificate": str(files.certificate), "key": str(files.key)}
    document: dict[str, Any] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(data)}, "delete": {"enabled": True}},
        "http": http,
    }
    if registry.needs_login:
        document["auth"] = {"htpasswd": {"realm": registry.name, "path": str(files.htpasswd)}}
    return document


def _start_memory(registry: DevRegistry, files: Files) -> Running:
    command = [sys.executable, "-m", "tests.fakes.registry", "--port", str(registry.port)]
    environ = dict(os.environ)
    if registry.needs_login:
        command += ["--user", USER]
        environ["FAKE_REGISTRY_PASSWORD"] = PASSWORD
    if registry.tls:
        command += ["--tls-cert", str(files.certificate), "--tls-key", str(files.key)]
    return start_process(command, environ, files.log, ROOT)


_DEBIAN: Final = Means("debian", _debian_is_there, _start_debian)
_DOCKER: Final = Means("docker", _docker_is_there, _start_docker)
_MEMORY: Final = Means("memory", lambda: True, _start_memory)
