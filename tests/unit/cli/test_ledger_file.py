"""The ledger that the environment names: one that cannot be used is a wrong call."""

from __future__ import annotations

import sqlite3

import pytest

from reposync.cli.main import call

FILE = """
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
stages:
  - id: all
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0"], immutable: ["1.*"]}]
"""


@pytest.fixture
def place(workplace):
    (workplace / "sync.yml").write_text(FILE)
    return workplace


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sync.yml/ledger", "not a directory"),
        ("source", "is a directory"),
        ("sync.yml", "file is not a database"),
        ("n" * 300, "file name too long"),
    ],
)
def test_a_named_ledger_that_cannot_be_used_is_a_wrong_call_that_does_nothing(
    place, monkeypatch, capsys, name, reason
):
    monkeypatch.setenv("REPOSYNC_LEDGER", name)
    assert call(["-c", "sync.yml"]) == 2
    written = capsys.readouterr()
    errors = " ".join(written.err.split())
    assert (
        f"the ledger {name} cannot be used: {reason}; set REPOSYNC_LEDGER to another file" in errors
    )
    assert "nothing was done" in errors
    assert written.out == ""
    assert not (place / "there").exists()


def test_a_ledger_that_another_program_keeps_for_itself_is_told_by_that(place, monkeypatch, capsys):
    monkeypatch.setattr("reposync.ledger.connection._BUSY_S", 0)
    monkeypatch.setenv("REPOSYNC_LEDGER", "ledger")
    with sqlite3.connect("ledger", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert call(["-c", "sync.yml"]) == 2
    other.close()
    assert "cannot be used: database is locked" in " ".join(capsys.readouterr().err.split())
    assert not (place / "there").exists()


def test_a_copy_without_a_file_checks_it_too(place, monkeypatch, capsys):
    monkeypatch.setenv("REPOSYNC_LEDGER", "sync.yml")
    image = ["oci:source:team/app:1.0", "oci:there:team/app:1.0", "--platform", "linux/amd64"]
    assert call(["copy", *image]) == 2
    assert "the ledger sync.yml cannot be used" in " ".join(capsys.readouterr().err.split())
    assert not (place / "there").exists()
