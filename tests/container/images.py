"""Images for the tests, made here: ours by the Dockerfile, and stand-ins for those of a hub."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from tests.development import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FOLDER = ROOT / ".dev" / "container"
BASE = "docker.io/library/python"
REGISTRY = "docker.io/library/registry:2"
READ_ONLY = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all")
_CONFIGURATION = """
version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: ":5000"}
"""


def call(environ: Mapping[str, str], *command: str) -> str:
    """Run a command that must end well, and give what it said."""
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stderr}"
    return ran.stdout


def run(
    environ: Mapping[str, str], image: str, *arguments: str, options: Sequence[str] = READ_ONLY
) -> subprocess.CompletedProcess[str]:
    """Run a container of *image* on the network of this machine until it ends."""
    command = ["podman", "run", "--rm", "--network", "host", *options, image, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def build(environ: Mapping[str, str], name: str, *options: str, **arguments: str) -> str:
    """Build the image *name* from the Dockerfile, with build *arguments*."""
    command = ["buildah", "build", "--network", "host", "--format", "docker", "--quiet", *options]
    for argument, value in arguments.items():
        command += ["--build-arg", f"{argument}={value}"]
    call(environ, *command, "--tag", name, str(ROOT))
    return name


def import_base(environ: Mapping[str, str], tag: str, *architecture: str) -> str:
    """Import what stands in for the base image."""
    script = ROOT / "tests" / "container" / "import_base.sh"
    call(environ, "bash", str(script), str(FOLDER), f"{BASE}:{tag}", *architecture)
    return f"{BASE}:{tag}"


def import_registry(environ: Mapping[str, str], folder: Path) -> str:
    """Make the registry's image of Debian's program and the libraries that it needs."""
    program = shutil.which("docker-registry")
    assert program
    libraries = re.findall(r"/\S+", call(environ, "ldd", program))
    configuration = folder / "etc" / "docker" / "registry" / "config.yml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(_CONFIGURATION)
    archive = str(folder / "registry.tar")
    call(environ, "tar", "-chPf", archive, program, *libraries, "-C", str(folder), "etc")
    changes = (f'ENTRYPOINT ["{program}"]', 'CMD ["serve", "/etc/docker/registry/config.yml"]')
    options = [word for change in changes for word in ("--change", change)]
    call(environ, "podman", "import", "--quiet", *options, archive, REGISTRY)
    return REGISTRY


def wait_for(condition: Callable[[], object]) -> None:
    """Ask until *condition* holds, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
