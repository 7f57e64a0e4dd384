"""The development registries: what starts, what they hold, and that exactly that ends again."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from dev.executable import executable
from dev.images import REPOSITORY, catalogue
from dev.plain_client import PlainClient
from tests.development import NAMES, DevelopmentSet, development_set

MEANS = [
    pytest.param(
        "debian",
        marks=pytest.mark.skipif(
            not shutil.which("docker-registry"), reason="Debian's docker-registry is not installed"
        ),
    ),
    "memory",
]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@pytest.fixture(params=MEANS)
def registries(request, tmp_path):
    chosen = development_set(tmp_path / "state", request.param)
    yield chosen
    chosen.run("dev.registries", "stop")


@pytest.fixture
def in_memory(tmp_path):
    chosen = development_set(tmp_path / "state", "memory")
    yield chosen
    chosen.run("dev.registries", "stop")


def client(registries: DevelopmentSet, name: str, password: str = "testpassword") -> PlainClient:
    scheme = "https" if name == "staging" else "http"
    user = "" if name == "source" else "testuser"
    return PlainClient(f"{scheme}://127.0.0.1:{registries.port(name)}", user, password)


def pids(registries: DevelopmentSet) -> dict[str, int]:
    notes = {name: registries.state / name / "started.json" for name in NAMES}
    return {name: json.loads(note.read_text())["pid"] for name, note in notes.items()}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_start_gives_three_registries_that_want_a_login_and_a_source_that_wants_none(registries):
    started = registries.run("dev.registries", "start")

    assert started.returncode == 0, started.stderr
    assert client(registries, "source").request("GET", "/v2/").status == 200
    for name in ("master", "staging", "aws"):
        assert client(registries, name).request("GET", "/v2/").status == 200
        assert client(registries, name, "wrong").request("GET", "/v2/").status == 401


def test_the_source_holds_every_image_with_its_digest(registries):
    registries.run("dev.registries", "start")
    source = client(registries, "source")

    assert sorted(source.tags(REPOSITORY)) == ["1.0.0", "1.10", "2.0.1", "2.1.0", "latest"]
    for tag, image in catalogue().items():
        assert source.manifest(REPOSITORY, tag) == image.manifest.data


def test_a_second_start_changes_nothing_and_says_so(registries):
    registries.run("dev.registries", "start")
    before = pids(registries)

    again = registries.run("dev.registries", "start")

    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "already running")
    assert pids(registries) == before


def test_start_brings_back_only_what_has_ended(in_memory):
    in_memory.run("dev.registries", "start")
    before = pids(in_memory)
    os.kill(before["aws"], signal.SIGKILL)

    again = in_memory.run("dev.registries", "start")

    after = pids(in_memory)
    assert again.stdout.splitlines()[0] == "started by means of memory: aws"
    assert {name for name in NAMES if after[name] != before[name]} == {"aws"}


def test_stop_ends_all_that_start_started(registries):
    registries.run("dev.registries", "start")

    stopped = registries.run("dev.registries", "stop")

    assert (stopped.returncode, stopped.stdout) == (0, "ended: source, master, staging, aws\n")
    assert not any(listens(registries.port(name)) for name in NAMES)
    assert registries.run("dev.registries", "status").returncode == 1


def test_stop_leaves_a_process_alone_that_only_has_the_noted_id(in_memory):
    in_memory.run("dev.registries", "start")
    note = in_memory.state / "aws" / "started.json"
    kept = note.read_text()
    note.write_text(json.dumps({**json.loads(kept), "started": "another moment"}))

    stopped = in_memory.run("dev.registries", "stop")

    assert stopped.stdout == "ended: source, master, staging\n"
    assert listens(in_memory.port("aws"))
    note.write_text(kept)


def test_a_port_that_another_program_holds_is_one_sentence_and_nothing_starts(in_memory):
    with socket.socket() as other:
        other.bind(("127.0.0.1", in_memory.port("aws")))
        other.listen()
        refused = in_memory.run("dev.registries", "start")

    assert refused.returncode == 1
    assert refused.stderr == (
        f"development registries: port {in_memory.port('aws')}, meant for aws, cannot be had "
        "(Address already in use); set REPOSYNC_DEV_AWS_PORT to a free one\n"
    )
    assert not listens(in_memory.port("source"))


def test_a_means_that_does_not_exist_is_named_with_those_that_do(in_memory):
    refused = in_memory.run("dev.registries", "start", REPOSYNC_DEV_MEANS="podman")

    assert refused.returncode == 1
    assert refused.stderr == (
        "development registries: REPOSYNC_DEV_MEANS is 'podman'; it may be debian, docker, memory\n"
    )


def test_the_example_follows_the_ports_of_the_environment(in_memory):
    path = Path(in_memory.run("dev.registries", "config").stdout.strip())

    text = path.read_text()
    assert all(f"127.0.0.1:{in_memory.port(name)}" in text for name in NAMES)


def test_the_check_of_digests_tells_apart_what_is_there_and_what_is_not(in_memory):
    in_memory.run("dev.registries", "start")
    path = in_memory.run("dev.registries", "config").stdout.strip()

    compared = in_memory.run("dev.digests", path)

    assert compared.returncode == 1
    assert compared.stdout.count("DIFFERS") == 11


def test_without_skopeo_the_standard_library_compares_the_digests(in_memory, tmp_path):
    in_memory.run("dev.registries", "start")
    same = f"""
registries: {{source: {{url: "127.0.0.1:{in_memory.port("source")}"}}}}
stages:
  - from: {{source: source, repository: {REPOSITORY}}}
    to: [{{destination: source, repository: {REPOSITORY}, tags: []}}]
"""
    file = tmp_path / "same.yml"
    file.write_text(same)

    compared = in_memory.run("dev.digests", str(file), PATH="")

    assert (compared.returncode, compared.stdout.count("  ok ")) == (0, 5)
    assert compared.stdout.startswith("urllib compares")


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="no program for this machine")
@pytest.mark.skipif(platform.system() != "Linux", reason="the programs are for Linux")
def test_the_program_of_an_image_runs(tmp_path):
    program = tmp_path / "sleeper"
    program.write_bytes(executable(ARCHITECTURES[platform.machine()], b"it runs\n"))
    program.chmod(0o755)

    ran = subprocess.run([program], capture_output=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, b"it runs\n")


def test_the_images_are_the_same_bytes_every_time():
    assert catalogue() == catalogue()


def test_the_images_share_a_base_layer_over_both_families_of_media_types():
    images = catalogue()

    bases = {images[tag].blobs[0].digest for tag in ("1.0.0", "1.10", "2.0.1")}

    assert len(bases) == 1
    assert images["1.0.0"].manifest.media_type != images["1.10"].manifest.media_type
    assert len(images["2.1.0"].children) == 2
