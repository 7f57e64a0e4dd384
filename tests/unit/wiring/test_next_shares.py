"""Which share is next, beside the ledger."""

from __future__ import annotations

import json

import pytest

from reposync.errors import StorageError
from reposync.wiring.next_shares import NextShares, call_of


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path)}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "reposync/verify-shares.json"


def test_the_first_share_is_0_and_what_was_remembered_comes_next(environ):
    assert NextShares(environ).due("call", 10) == 0
    assert NextShares(environ).due("call", 10) == 0
    NextShares(environ).remember("call", 1)
    assert NextShares(environ).due("call", 10) == 1
    assert NextShares(environ).due("other", 10) == 0


def test_a_share_that_there_is_not_any_more_is_the_first(environ):
    NextShares(environ).remember("call", 9)
    assert NextShares(environ).due("call", 5) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": "other", "next": {"call": 3}}',
        b'{"format": "reposync-verify-shares/1", "next": []}',
        b'{"format": "reposync-verify-shares/1", "next": {"call": "3"}}',
        b'{"format": "reposync-verify-shares/1", "next": {"call": -1}}',
        b'{"format": "reposync-verify-shares/1", "next": {"call": true}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_an_empty_one(environ, file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    assert NextShares(environ).due("call", 10) == 0
    assert json.loads(file.read_bytes())["next"] == {"call": 0}


def test_the_file_is_beside_the_ledger_that_the_environment_names(tmp_path):
    NextShares({"REPOSYNC_LEDGER": str(tmp_path / "own/ledger")}).remember("call", 1)
    assert (tmp_path / "own/verify-shares.json").exists()


@pytest.mark.parametrize("environ", [{"REPOSYNC_LEDGER": ""}, {}])
def test_without_a_place_nothing_is_remembered(environ):
    with pytest.raises(StorageError, match="REPOSYNC_LEDGER"):
        NextShares(environ).due("call", 2)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "reposync").write_text("no directory")
    with pytest.raises(StorageError, match="verify-shares"):
        NextShares({"XDG_STATE_HOME": str(tmp_path)}).due("call", 2)
    assert [*tmp_path.iterdir()] == [tmp_path / "reposync"]


def test_only_so_many_calls_are_remembered(environ, file):
    for number in range(1005):
        NextShares(environ).remember(f"{number}", 1)
    known = json.loads(file.read_bytes())["next"]
    assert len(known) == 1000
    assert "1004" in known
    assert "4" not in known


def test_nothing_is_left_beside_the_file(environ, file):
    NextShares(environ).remember("call", 1)
    assert [*file.parent.iterdir()] == [file]


def test_a_call_is_told_apart_by_its_files_and_by_all_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call_of(["a.yml"], "blobs") == call_of([str(tmp_path / "a.yml")], "blobs")
    assert call_of(["a.yml"], "blobs") != call_of(["b.yml"], "blobs")
    assert call_of(["a.yml"], "blobs") != call_of(["a.yml"], "bytes")
