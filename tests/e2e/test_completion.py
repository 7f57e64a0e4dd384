"""Completion in real shells: what is typed before Tab becomes what is meant."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.command import run
from tests.e2e.shells import TAB, completed, offered_by_fish

FILE = """
registries: {hub: {url: docker.io}, mirror: {url: "mirror:5000"}}
stages:
  - {id: promote, from: {source: mirror, repository: x}, to: [{destination: mirror, repository: y}]}
  - {id: two words, from: {source: hub, repository: x}, to: [{destination: mirror, repository: z}]}
  - {id: "with:colon", from: {source: hub, repository: x}, to: [{destination: hub, repository: a}]}
"""
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
# What is typed, and the words that are there then.
LINES = {
    "an option": ("--verify-o", ["--verify-only"]),
    "a command": ("comp", ["completion"]),
    "a level": ("-c cfg.yml --log-level w", ["-c", "cfg.yml", "--log-level", "warning"]),
    "a file": ("-c cf", ["-c", "cfg.yml"]),
    "a file behind =": ("--config=cf", ["--config=cfg.yml"]),
    "a file with a space": ("import ot", ["import", "other file.yml"]),
    "a stage": ("-c cfg.yml --stage pr", ["-c", "cfg.yml", "--stage", "promote"]),
    "a stage behind =": ("-c cfg.yml --stage=pr", ["-c", "cfg.yml", "--stage=promote"]),
    "a stage with a space": ("-c cfg.yml --stage tw", ["-c", "cfg.yml", "--stage", "two words"]),
    "a stage in quotes": ("-c cfg.yml --stage 'tw", ["-c", "cfg.yml", "--stage", "two words"]),
    "a stage with a colon": ("-c cfg.yml --stage wi", ["-c", "cfg.yml", "--stage", "with:colon"]),
    "behind a colon": ("explain -c cfg.yml with:c", ["explain", "-c", "cfg.yml", "with:colon"]),
    "a stage to explain": ("explain -c cfg.yml p", ["explain", "-c", "cfg.yml", "promote"]),
    "a repository": ("-c cfg.yml --only lib", ["-c", "cfg.yml", "--only", "library/x"]),
    "nothing": ("-c cfg.yml --stage=zz", ["-c", "cfg.yml", "--stage=zz"]),
}


def needs(shell):
    missing = shutil.which(shell) is None
    return pytest.param(shell, marks=pytest.mark.skipif(missing, reason=f"{shell} is not there"))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "cfg.yml").write_text(FILE)
    (tmp_path / "other file.yml").touch()
    return tmp_path


@pytest.mark.parametrize("shell", [needs("bash"), needs("zsh")])
def test_tab_completes_what_is_meant(shell, place):
    lines = [f"run-reposync {typed}{TAB}" for typed, _ in LINES.values()]
    told = completed(shell, lines, place)
    expected = {case: ["run-reposync", *words] for case, (_, words) in LINES.items()}
    assert dict(zip(LINES, told, strict=True)) == expected


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not there")
def test_fish_offers_what_is_meant(place):
    offered = offered_by_fish([f"run-reposync {typed}" for typed, _ in LINES.values()], place)
    expected = {case: words[-1:] for case, (_, words) in LINES.items()} | {"nothing": []}
    assert dict(zip(LINES, offered, strict=True)) == expected


@pytest.mark.skipif(not SHELLCHECK.exists(), reason="shellcheck is not there")
def test_shellcheck_has_nothing_to_say_against_the_script_for_bash():
    checked = subprocess.run(
        [SHELLCHECK, "--shell=bash", "-"],
        input=run("completion", "bash").stdout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")
