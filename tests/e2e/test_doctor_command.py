"""``run-reposync doctor``: the installed command, and the page that shows what it prints."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest
from tests import images
from tests.e2e.command import COMMAND, run
from tests.e2e.pages import blocks
from tests.integration.sites import publish
from tests.servers.docker_registry import docker_registry

from reposync.cli.exit_code import ExitCode

IMAGE = images.image("doctor")
PAGE = "how-to/connect/doctor.md"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    with docker_registry(tmp_path_factory.mktemp("doctor")) as running:
        publish(running.url, "team/app", [IMAGE], "1.0")
        publish(running.url, "team/app", [IMAGE], "2.0")
        yield running


def comparable(text, host):
    """The words of a table but for what differs between two calls."""
    text = text.replace(host, "registry.example.com")
    text = re.sub(r"sha256:[0-9a-f]{12}", "DIGEST", text)
    text = re.sub(r"manifests/[12]\.0", "manifests/TAG", text)
    return re.sub(r"[0-9.]+ ms", "MS", text).split()


def test_the_table_reads_as_the_page_shows_it(registry):
    (shown,) = [block.text for block in blocks("text") if block.page == PAGE]
    done = run("doctor", registry.host)
    assert (done.returncode, done.stderr) == (0, "")
    assert comparable(done.stdout, registry.host) == comparable(shown, registry.host)


def test_the_table_fits_80_columns(registry):
    for arguments in ([], ["--write", "team/scratch"]):
        done = run("doctor", registry.host, *arguments)
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_program_gets_a_document(registry):
    done = run("doctor", registry.host, "-o", "json", "--write", "team/scratch")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert report["host"] == registry.host
    assert report["authentication"] == "none"
    assert report["referrers_api"] is False
    assert report["delete"] == {"tag": False, "digest": True}
    assert report["left_behind"] == []


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not there")
def test_jq_finds_in_the_document_what_the_page_says(registry, tmp_path):
    (call,) = [block.text for block in blocks("bash") if block.page == PAGE and "jq" in block.text]
    (asked,) = [line for line in call.splitlines() if line.startswith("jq ")]
    report = run("doctor", registry.host, "-o", "json").stdout
    (tmp_path / "registry.json").write_text(report)
    done = subprocess.run(
        shlex.split(asked), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "false\n"


def test_a_key_of_the_file_uses_its_credentials_and_shows_none(htpasswd_registry, login, tmp_path):
    (tmp_path / "cfg.yml").write_text(f"""
registries:
  master: {{url: "http://{htpasswd_registry.host}", env_user: A_USER, env_password: A_PASSWORD}}
  other: {{url: other.example.com, env_user: NO_SUCH_USER, env_password: NO_SUCH_PASSWORD}}
stages:
  - from: {{source: other, repository: a}}
    to: [{{destination: master, repository: b}}]
""")
    call = ("doctor", "-c", "cfg.yml", "master")
    done = run(*call, cwd=tmp_path, A_USER=login.user, A_PASSWORD=login.password)
    assert done.returncode == 0
    assert "user and password from environment variables A_USER and A_PASSWORD" in " ".join(
        done.stdout.split()
    )
    assert login.password not in done.stdout + done.stderr
    wrong = run(*call, cwd=tmp_path, A_USER=login.user, A_PASSWORD="wr0ng")
    assert wrong.returncode == 1
    assert "refused" in wrong.stdout
    assert "hint: check environment variables A_USER and A_PASSWORD" in wrong.stdout
    assert "wr0ng" not in wrong.stdout + wrong.stderr


def test_a_registry_that_is_down_is_exit_code_1():
    done = run("doctor", "127.0.0.1:1")
    assert done.returncode == 1
    assert "reachable            no: " in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["hub"], [], ["a.example", "--write", "A"]])
def test_a_wrong_call_is_exit_code_2(arguments):
    done = run("doctor", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_examination_that_is_stopped_cleans_up(registry):
    with subprocess.Popen(
        [COMMAND, "doctor", registry.host, "--write", "stopped/scratch"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        scratch = registry.directory / "data/docker/registry/v2/repositories/stopped/scratch"
        until_s = time.monotonic() + 30
        while not scratch.exists() and time.monotonic() < until_s and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode in {ExitCode.INTERRUPTED, ExitCode.DONE}
    assert "Traceback" not in errors
    links = [path for path in scratch.rglob("link") if "_layers" in path.parts]
    assert links == []
