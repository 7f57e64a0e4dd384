"""The container image: built from the Dockerfile and run against development registries."""

from __future__ import annotations

import json
import subprocess

import pytest
from dev.plain_client import PlainClient
from tests.development import ROOT, development_set

import reposync

pytestmark = [pytest.mark.container, pytest.mark.timeout(600)]

BASE = "docker.io/library/python:3.13-slim"
IMAGE = "localhost/reposync:test"


@pytest.fixture(scope="module")
def image(tools):
    script = ROOT / "tests" / "container" / "import_base.sh"
    call(tools, "bash", str(script), str(ROOT / ".dev" / "container"), BASE)
    version = f"VERSION={reposync.__version__}"
    build = ("buildah", "build", "--network", "host", "--format", "docker", "--quiet")
    call(tools, *build, "--build-arg", version, "--tag", IMAGE, str(ROOT))
    yield IMAGE
    call(tools, "podman", "image", "rm", "--all", "--force")


@pytest.fixture
def registries(tmp_path):
    chosen = development_set(tmp_path / "state", "debian")
    started = chosen.run("dev.registries", "start")
    assert started.returncode == 0, started.stderr
    yield chosen
    chosen.run("dev.registries", "stop")


def call(environ, *command: str) -> str:
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stderr}"
    return ran.stdout


def run(environ, image: str, *arguments: str, options: tuple[str, ...] = ()):
    command = ["podman", "run", "--rm", "--network", "host", *options, image, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_without_arguments_it_copies_what_etc_cfg_yaml_says(tools, image, registries):
    file = registries.run("dev.registries", "config").stdout.strip()
    volume = ("--read-only", "--volume", f"{file}:/etc/cfg.yaml:ro")
    options = (*volume, "--env-file", str(ROOT / ".env.example"))

    ran = run(tools, image, options=options)

    assert ran.returncode == 0, ran.stderr
    url = f"http://127.0.0.1:{registries.port('master')}"
    master = PlainClient(url, "testuser", "testpassword")
    tags = master.tags("simcore/services/comp/sleeper")
    assert sorted(tags) == ["1.0.0", "1.10", "2.0.1", "2.1.0", "latest"]
    compared = registries.run("dev.digests", file)
    assert compared.returncode == 0, compared.stdout


def test_without_a_file_it_says_which_one_is_missing(tools, image):
    ran = run(tools, image)

    assert ran.returncode == 2
    assert "/etc/cfg.yaml" in ran.stderr


def test_it_runs_as_a_user_without_rights(tools, image):
    script = "import os; print(os.getuid(), os.getgid())"

    ran = run(tools, image, "-c", script, options=("--entrypoint", "python"))

    assert ran.stdout == "65532 65532\n", ran.stderr


def test_it_has_labels_and_no_health_check(tools, image):
    configuration = json.loads(call(tools, "podman", "image", "inspect", image))[0]["Config"]

    assert configuration["Labels"]["org.opencontainers.image.version"] == reposync.__version__
    assert configuration["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert "Healthcheck" not in configuration


def test_nothing_that_builds_is_left_in_what_the_project_adds(tools, image):
    script = (
        "from pathlib import Path; "
        "tools = {'pip', 'hatchling', 'setuptools', 'gcc'}; "
        "print([str(p) for p in Path('/opt/reposync').rglob('*') if p.name in tools], "
        "Path('/build').exists(), Path('/root/.cache').exists())"
    )

    ran = run(tools, image, "-c", script, options=("--entrypoint", "python", "--user", "0"))

    assert ran.stdout == "[] False False\n", ran.stderr
