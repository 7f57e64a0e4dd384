"""Development registries in containers, by an engine that speaks Docker's API: podman's."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from dev.plain_client import PlainClient
from tests.container.images import import_registry, wait_for
from tests.development import development_set

pytestmark = [pytest.mark.container, pytest.mark.timeout(300)]


@pytest.fixture
def engine(tools, tmp_path):
    if not shutil.which("docker"):
        pytest.skip("the docker command is not installed")
    image = import_registry(tools, tmp_path)
    socket = f"unix://{tmp_path}/engine.sock"
    command = ["podman", "system", "service", "--time", "0", socket]
    with subprocess.Popen(command, env=tools, stderr=subprocess.DEVNULL) as service:
        wait_for(lambda: docker(socket, "info", "--format", "{{.ServerVersion}}"))
        yield socket
        service.terminate()
    subprocess.run(["podman", "image", "rm", "--force", image], env=tools, check=True)


def docker(socket: str, *arguments: str) -> str:
    command = ["docker", "--host", socket, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_a_docker_engine_runs_the_set_and_keeps_nothing_of_it(engine, tmp_path):
    registries = development_set(tmp_path / "state", "docker")

    started = registries.run("dev.registries", "start", DOCKER_HOST=engine)
    staging = PlainClient(
        f"https://127.0.0.1:{registries.port('staging')}", "testuser", "testpassword"
    )
    answer = staging.request("GET", "/v2/") if started.returncode == 0 else None
    stopped = registries.run("dev.registries", "stop", DOCKER_HOST=engine)

    assert started.returncode == 0, started.stderr
    assert answer is not None
    assert answer.status == 200
    assert stopped.stdout == "ended: source, master, staging, aws\n"
    assert docker(engine, "ps", "--all", "--quiet") == ""
