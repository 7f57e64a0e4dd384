"""A variable that is named and not set stops every command before it contacts anything."""

from __future__ import annotations

import click
import pytest

from reposync.cli.main import call
from reposync.cli.root import root

FILE = """
registries:
  source: {url: "127.0.0.1:1", env_user: NO_SUCH_USER, env_password: NO_SUCH_PASSWORD}
  there: {url: "127.0.0.1:2"}
stages:
  - id: all
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0"]}]
"""
CALLS = {
    "sync": [],
    "plan": [],
    "apply": ["plan.json"],
    "verify": [],
    "explain": ["all", "1.0"],
    "doctor": ["source"],
}
NEITHER = {"copy", "import", "export", "schema", "completion"}


@pytest.fixture(autouse=True)
def place(workplace, monkeypatch):
    (workplace / "sync.yml").write_text(FILE)
    for name in ("NO_SUCH_USER", "NO_SUCH_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_each_command_is_known_to_read_a_file_for_a_run_or_not():
    assert {*CALLS, *NEITHER} == set(root.list_commands(click.Context(root)))


@pytest.mark.parametrize("command", CALLS)
def test_the_variables_are_named_and_the_exit_code_is_2(command, capsys):
    assert call([command, "-c", "sync.yml", *CALLS[command]]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert [line for line in written.err.splitlines() if "environment variable" in line] == [
        f"sync.yml:3:{column}: registries.source.{key}: the environment variable `{name}` is not "
        "set; set it; an empty user means anonymous"
        for column, key, name in (
            (42, "env_user", "NO_SUCH_USER"),
            (70, "env_password", "NO_SUCH_PASSWORD"),
        )
    ]


def test_checking_a_file_names_them_and_is_no_failure(capsys):
    assert call(["-c", "sync.yml", "--verify-only"]) == 0
    assert capsys.readouterr().err.count(" is not set; ") == 2


def test_a_file_is_exported_without_them():
    assert call(["export", "-c", "sync.yml", "--to", "regsync", "--allow-loss"]) == 0
