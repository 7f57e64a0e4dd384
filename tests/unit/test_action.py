"""The action for GitHub: its scripts, run as GitHub runs them, but for what they install."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from tests import images
from tests.development import ROOT
from tests.unit.cli.filled import fill

from reposync.cli.root import root

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, RUN = ACTION["runs"]["steps"]
INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
BIN = Path(sys.executable).parent
FILE = """
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
stages:
  - id: all
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0"]}]
"""


def environ_of(step, **inputs):
    """The environment that GitHub makes of a step's ``env`` for these inputs."""
    values = {name: spec["default"] for name, spec in ACTION["inputs"].items()} | inputs
    return {
        name: INPUT.sub(lambda found: values[found[1]], text) for name, text in step["env"].items()
    }


@pytest.fixture
def place(tmp_path):
    """A checkout of a user with a file and a layout, and the command where it is installed to."""
    (tmp_path / "temp" / "reposync").mkdir(parents=True)
    (tmp_path / "temp" / "reposync" / "bin").symlink_to(BIN)
    work = tmp_path / "work"
    work.mkdir()
    (work / "cfg.yml").write_text(FILE)
    fill(work / "source", {"team/app:1.0": images.image("app 1.0")})
    return work


def run(place, *, summary="", **inputs):
    github = {"RUNNER_TEMP": str(place.parent / "temp"), "GITHUB_STEP_SUMMARY": summary}
    named = {name.replace("_", "-"): text for name, text in inputs.items()}
    script = place.parent / "script.sh"
    script.write_text(RUN["run"])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        env={**os.environ, "REPOSYNC_LEDGER": "", **github, **environ_of(RUN, **named)},
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_runs_the_file_and_adds_to_the_summary_of_the_job(place):
    done = run(place, summary=str(place / "summary"), report="run.json:run.xml")
    assert done.returncode == 0, done.stderr
    assert "1 copied" in done.stdout
    assert "1 copied" in (place / "summary").read_text()
    assert (place / "run.json").exists()
    assert (place / "run.xml").exists()


def test_a_run_that_failed_fails_the_step(place):
    (place / "cfg.yml").write_text(FILE.replace("1.0", "9.9"))
    assert run(place).returncode == 1


def test_it_checks_another_file_and_copies_nothing(place):
    (place / "cfg.yml").rename(place / "other file.yml")
    done = run(place, config="other file.yml", verify_only="true")
    assert done.returncode == 0, done.stderr
    assert "other file.yml is valid" in done.stdout
    assert not (place / "there").exists()


def test_arguments_are_split_at_blanks_and_lines(place):
    done = run(place, args="--stage all\n  --only  team/app\n")
    assert done.returncode == 0, done.stderr
    assert run(place, args="--stage none").returncode == 2


@pytest.mark.parametrize("text", ["$(touch broken)", "`touch broken`", "'; touch broken; '", "*"])
def test_an_input_is_never_a_part_of_a_script(place, text):
    for name in ("config", "args", "report", "verify_only"):
        assert run(place, **{name: text}).returncode == 2
    assert not (place / "broken").exists()


def test_no_script_holds_an_expression():
    assert [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step["run"]] == []


def test_every_variable_for_the_command_is_one_that_it_knows():
    command = root.get_command(click.Context(root), "sync")
    assert command is not None
    known = {option.envvar for option in command.params}
    assert {name for name in RUN["env"] if name != "ARGS"} <= known


@pytest.mark.parametrize("step", ACTION["runs"]["steps"], ids=lambda step: step["name"])
def test_a_script_is_sound(step):
    command = [str(BIN / "shellcheck"), "--shell", "bash", "-"]
    said = subprocess.run(command, input=step["run"], capture_output=True, text=True, check=False)
    assert said.stdout == ""
    assert said.returncode == 0


def test_an_older_python_is_told_of(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    script = tmp_path / "script.sh"
    script.write_text(INSTALL["run"])
    said = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        env={**os.environ, **environ_of(INSTALL, python=str(old)), "RUNNER_TEMP": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2
    assert said.stdout.startswith("::error::reposync needs Python 3.11 or newer")
