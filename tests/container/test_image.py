"""The container image: built from the Dockerfile and run against development registries."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess

import pytest
from dev.plain_client import PlainClient
from tests.container.images import READ_ONLY, call, run
from tests.development import ROOT

import reposync

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

MOST_BYTES = 50_000_000
"""More than the image adds to its base."""
SETUID = "find / -xdev -type f -perm /6000 | sort"
BUILDERS = ("gcc", "cc", "c++", "ld", "make", "cargo", "rustc")
OURS = ("pip", "pip-*", "hatchling*", "setuptools*")


def inspect(tools, image):
    return json.loads(call(tools, "podman", "image", "inspect", image))[0]


def shell(tools, image, script, *options):
    """Run *script* in a container as root, which sees all there is."""
    options = ("--user", "0", "--entrypoint", "sh", *options)
    ran = run(tools, image, "-c", script, options=options)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def volume(registries):
    """Options that bring the example of the development registries, and its credentials."""
    file = registries.run("dev.registries", "config").stdout.strip()
    return ("--volume", f"{file}:/etc/cfg.yaml:ro", "--env-file", str(ROOT / ".env.example"))


def test_without_arguments_it_copies_what_etc_cfg_yaml_says(tools, image, registries, volume):
    ran = run(tools, image, options=(*READ_ONLY, *volume))

    assert ran.returncode == 0, ran.stderr
    url = f"http://127.0.0.1:{registries.port('master')}"
    master = PlainClient(url, "testuser", "testpassword")
    tags = master.tags("simcore/services/comp/sleeper")
    assert sorted(tags) == ["1.0.0", "1.10", "2.0.1", "2.1.0", "latest"]
    compared = registries.run("dev.digests", registries.run("dev.registries", "config").stdout[:-1])
    assert compared.returncode == 0, compared.stdout


def test_a_ledger_on_a_volume_is_kept_from_run_to_run(tools, image, registries, tmp_path):
    state = tmp_path / "ledger"
    state.mkdir()
    shutil.chown(state, 65532, 65532)
    cfg = registries.run("dev.registries", "config").stdout.strip()
    text = (ROOT / cfg).read_text().replace("stages:", "defaults: {immutable: ['*']}\nstages:")
    file = tmp_path / "cfg.yaml"
    file.write_text(text)
    volumes = ("--volume", f"{file}:/etc/cfg.yaml:ro", "--volume", f"{state}:/state")
    environ = ("--env-file", str(ROOT / ".env.example"), "--env", "REPOSYNC_LEDGER=/state/l.sqlite")
    said = [run(tools, image, options=(*READ_ONLY, *volumes, *environ)) for _ in range(2)]

    assert [each.returncode for each in said] == [0, 0], said
    assert "copied, " in said[0].stdout
    assert re.search(r"^\d+ up to date", said[1].stdout, re.MULTILINE), said[1].stdout
    assert (state / "l.sqlite").stat().st_uid == 65532


def test_without_a_file_it_says_which_one_is_missing(tools, image):
    ran = run(tools, image)

    assert ran.returncode == 2
    assert "/etc/cfg.yaml" in ran.stderr


def test_it_runs_as_a_user_without_rights(tools, image):
    options = ("--entrypoint", "python")
    ran = run(tools, image, "-c", "import os; print(os.getuid(), os.getgid())", options=options)

    assert ran.stdout == "65532 65532\n", ran.stderr


def test_it_runs_as_any_user_that_a_cluster_makes_up(tools, image, volume):
    options = (*READ_ONLY, *volume, "--user", "1000680000:0")
    ran = run(tools, image, "--verify-only", options=options)

    assert ran.returncode == 0, ran.stderr
    assert "is valid" in ran.stdout


def test_being_the_first_process_it_heeds_a_signal_to_stop(tools, image, tmp_path):
    file = tmp_path / "cfg.yaml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        file.write_text(
            f"registries: {{a: {{url: '{url}'}}, b: {{url: '{url}/b'}}}}\n"
            "stages: [{from: {source: a, repository: x}, to: [{destination: b, repository: x}]}]\n"
        )
        options = ("--name", "stopped", "--volume", f"{file}:/etc/cfg.yaml:ro")
        command = ["podman", "run", "--rm", "--network", "host", *READ_ONLY, *options, image]
        with subprocess.Popen(
            command, env=tools, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stderr
            connection, _ = silent.accept()  # it waits for an answer that does not come
            call(tools, "podman", "stop", "--time", "60", "stopped")
            said, _ = running.communicate()
            connection.close()

    assert running.returncode == 143
    assert "interrupted" in said


def test_labels_say_what_it_is_and_what_it_was_built_from(tools, image):
    labels = inspect(tools, image)["Config"]["Labels"]
    ours = {
        name.removeprefix("org.opencontainers.image."): text
        for name, text in labels.items()
        if name.startswith("org.opencontainers.image.")
    }

    assert ours == {
        "title": "reposync",
        "description": "Keeps container repositories in step across registries",
        "licenses": "Apache-2.0",
        "version": reposync.__version__,
        "revision": "1" * 40,
        "created": "2026-01-02T03:04:05Z",
    }


def test_it_has_no_health_check_since_it_ends(tools, image):
    assert "Healthcheck" not in inspect(tools, image)["Config"]


def test_nothing_that_builds_is_left(tools, image):
    programs = " -o ".join(f"-name '{name}'" for name in BUILDERS)
    packages = " -o ".join(f"-name '{name}'" for name in OURS)
    script = (
        f"find / -xdev -type f,l -perm /111 -path '*/bin/*' \\( {programs} \\);"
        f"find /opt/reposync {packages}; ls -A /build /root/.cache 2>/dev/null || true"
    )

    assert shell(tools, image, script) == ""


def test_no_program_gets_rights_that_its_caller_lacks(tools, base, image):
    assert shell(tools, image, SETUID) == shell(tools, base, SETUID)


def test_nothing_that_the_project_adds_can_be_written_by_its_user(tools, image):
    script = "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/dev/*'"
    options = ("--entrypoint", "sh")

    found = run(tools, image, "-c", f"{script} 2>/dev/null", options=options).stdout.split()
    assert [path for path in found if path.startswith(("/opt", "/etc", "/usr"))] == []


def test_no_module_is_compiled_when_it_starts(tools, image, volume):
    options = (*READ_ONLY, *volume, "--env", "PYTHONVERBOSE=1")
    ran = run(tools, image, "--verify-only", options=options)

    assert ran.returncode == 0
    assert "code object from '/opt/reposync" in ran.stderr
    assert re.findall(r"code object from (?!'[^']*\.pyc')\S+", ran.stderr) == []


def test_it_adds_little_to_its_base(tools, base, image):
    added = inspect(tools, image)["Size"] - inspect(tools, base)["Size"]
    print(f"the image adds {added / 1e6:.1f} MB to its base")  # noqa: T201 -- a figure for people

    assert added < MOST_BYTES
