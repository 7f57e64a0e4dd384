"""compose.yaml, run as it stands but for its ports, and with a registry in Docker Hub's place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dev.plain_client import PlainClient
from tests import images
from tests.container.conftest import NETWORKS
from tests.container.images import call, import_registry, wait_for
from tests.development import ROOT, free_ports

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

HUB = """
services:
  hub:
    image: docker.io/library/registry:2
    ports: ["127.0.0.1:{port}:5000"]
"""


@pytest.fixture
def compose(tools, image, tmp_path):
    """Compose in a copy of the example, its ports, and Docker Hub as ``hub``."""
    command = shutil.which("podman-compose", path=str(Path(sys.executable).parent))
    if not (command and NETWORKS.exists()):
        pytest.skip("not installed: podman-compose, netavark")
    import_registry(tools, tmp_path)
    call(tools, "podman", "tag", image, "localhost/reposync:latest")
    shutil.copytree(ROOT / "deploy" / "compose", tmp_path / "deploy" / "compose")
    ports = dict(zip(("hub", "master", "staging"), free_ports(3), strict=True))
    text = (ROOT / "compose.yaml").read_text()
    for name, published in (("master", 5001), ("staging", 5002)):
        text = text.replace(f"127.0.0.1:{published}:", f"127.0.0.1:{ports[name]}:")
    (tmp_path / "compose.yaml").write_text(text)
    (tmp_path / "hub.yaml").write_text(HUB.format(port=ports["hub"]))
    cfg = tmp_path / "deploy" / "compose" / "cfg.yaml"
    cfg.write_text(cfg.read_text().replace("url: docker.io", "url: http://hub:5000"))

    def run(*arguments):
        files = ("-f", "compose.yaml", "-f", "hub.yaml", "--project-name", tmp_path.name)
        return subprocess.run(
            [command, *files, *arguments],
            cwd=tmp_path,
            env=tools,
            capture_output=True,
            text=True,
            check=False,
        )

    yield run, ports
    run("down", "--volumes", "--timeout", "1")


def answers(port):
    try:
        return PlainClient(f"http://127.0.0.1:{port}").request("GET", "/v2/").status == 200
    except OSError:
        return False


def test_the_example_brings_an_image_to_both_registries(compose):
    run, ports = compose
    started = run("up", "--no-build", "--detach", "hub", "master", "staging")
    assert started.returncode == 0, started.stderr
    wait_for(lambda: answers(ports["hub"]))
    graph = images.multi_platform("hello")
    images.push_graph(f"http://127.0.0.1:{ports['hub']}", "library/hello-world", graph, "latest")

    copied = run("run", "--rm", "--no-deps", "-T", "reposync")

    assert copied.returncode == 0, copied.stderr
    assert "2 copied" in copied.stdout
    staging = PlainClient(f"http://127.0.0.1:{ports['staging']}", "testuser", "testpassword")
    assert staging.manifest("hub/hello-world", "latest") == graph.root.content
