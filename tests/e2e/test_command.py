from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.e2e.command import COMMAND, run

from reposync import __version__

HEAVY = ("httptools", "rich", "msgspec", "yaml", "jsonschema_rs", "asyncio")

GOOD = """\
registries:
  hub: {url: index.docker.io, env_user: NOBODY_SETS_USER, env_password: NOBODY_SETS_PASSWORD}
  master: {url: "localhost:5000"}
stages:
  - from: {source: hub, repository: library/alpine}
    to: [{destination: master, repository: mirror/alpine, tags: ["3.20"]}]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sync.yml"
    path.write_text(GOOD)
    return path


def test_the_version_is_told():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"run-reposync {__version__}\n")


def test_the_package_can_be_run_as_a_module():
    called = [sys.executable, "-m", "reposync", "--version"]
    done = subprocess.run(called, capture_output=True, text=True, check=True)
    assert done.stdout == f"run-reposync {__version__}\n"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(option):
    done = run(option, PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not imported & set(HEAVY)


@pytest.mark.parametrize(
    "arguments", [["--no-such-option"], ["nonsense"], [], ["-c", "x", "--parallel-sync-tasks", "0"]]
)
def test_a_wrong_call_is_exit_2_with_usage_and_no_traceback(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: run-reposync")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_missing_file_is_exit_2_and_named(tmp_path):
    path = tmp_path / "nowhere.yml"
    done = run("-c", str(path))
    assert done.returncode == 2
    assert f"{path}:1:1: there is no such file" in done.stderr
    assert "1 problem in" in done.stderr


def test_every_problem_of_a_wrong_file_is_told_on_a_line_of_its_own(file):
    file.write_text(GOOD.replace("source: hub", "source: hbu").replace("tags:", "tgas:"))
    done = run("-c", str(file), "--verify-only")
    *problems, last = done.stderr.splitlines()
    assert done.returncode == 2
    assert all(line.startswith(f"{file}:") for line in problems)
    assert len(problems) >= 2
    assert last == f"{len(problems)} problems in {file}; nothing was done"


def test_problems_are_json_lines_where_the_log_is(file):
    file.write_text(GOOD.replace("source: hub", "source: hbu"))
    done = run("-c", str(file), "--verify-only", "--log-format", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    errors = [line for line in lines if line["level"] == "error"]
    assert [line["event"] for line in errors] == ["problem", "message"]
    assert errors[0]["line"] == 5


def test_a_right_file_is_exit_0_and_said_to_be_right(file):
    done = run("-c", str(file), "--verify-only")
    assert (done.returncode, done.stdout) == (0, f"{file} is valid: 2 registries, 1 stage\n")


def test_variables_that_are_not_set_are_warnings_under_verify_only(file):
    done = run("sync", "--verify-only", REPOSYNC_CONFIG=str(file))
    assert done.returncode == 0
    assert "NOBODY_SETS_USER" in done.stderr
    assert "NOBODY_SETS_PASSWORD" in done.stderr


def test_variables_that_are_not_set_stop_a_run(file):
    done = run("-c", str(file))
    assert done.returncode == 2
    assert "NOBODY_SETS_USER" in done.stderr
    assert done.stdout == ""


def test_a_file_can_come_from_standard_input():
    done = run("-c", "-", "--verify-only", stdin=GOOD)
    assert (done.returncode, done.stdout) == (0, "<stdin> is valid: 2 registries, 1 stage\n")


def test_the_schema_is_printed():
    done = run("schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["required"] == ["registries", "stages"]


def test_a_reader_that_went_away_causes_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [COMMAND, "schema"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell):
    done = run(_RUN_REPOSYNC_COMPLETE=f"{shell}_source")
    assert done.returncode == 0
    assert "run-reposync" in done.stdout
