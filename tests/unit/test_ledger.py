"""The ledger's file: what it remembers, who may share it, and that it is never needed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from reposync.errors import StorageError
from reposync.ledger.sqlite_ledger import SqliteLedger
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.sync_record import SyncRecord
from reposync.wiring.ledger import open_ledger

PLACE = Reference("registry.example", "team/app", "1.0")
ONE = SyncRecord(Digest.of(b"source"), "strip:linux/amd64", Digest.of(b"there"))
TWO = SyncRecord(Digest.of(b"source"), "", Digest.of(b"source"))


def test_what_was_recorded_is_recalled_by_the_next_process(tmp_path):
    file = tmp_path / "deep" / "ledger.sqlite3"
    with SqliteLedger(file) as ledger:
        assert ledger.recall(PLACE) is None
        ledger.record(PLACE, ONE)
        ledger.record(PLACE, TWO)
    with SqliteLedger(file) as ledger:
        assert ledger.recall(PLACE) == TWO
        assert ledger.recall(Reference("registry.example", "team/app", "2.0")) is None


def test_two_processes_may_share_a_file(tmp_path):
    file = tmp_path / "ledger.sqlite3"
    with SqliteLedger(file) as one:
        with SqliteLedger(file) as two:
            two.record(PLACE, ONE)
        assert one.recall(PLACE) == ONE
        with SqliteLedger(file) as two:
            two.record(PLACE, TWO)
        assert one.recall(PLACE) == TWO


def test_what_is_not_written_yet_is_recalled_too(tmp_path):
    with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
        for number in range(500):
            digest = Digest.of(str(number).encode())
            ledger.record(PLACE, SyncRecord(digest, "", digest))
            assert ledger.recall(PLACE) == SyncRecord(digest, "", digest)


def test_who_put_a_tag_there_and_when_is_recalled(tmp_path):
    put = TWO.put(datetime(2026, 12, 1, 4, 30, tzinfo=UTC), stage="mirror", origin="hub/app:1")
    with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
        ledger.record(PLACE, put)
    with SqliteLedger(tmp_path / "ledger.sqlite3") as ledger:
        assert ledger.recall(PLACE) == put


def test_a_ledger_of_version_1_is_taken_over_as_found_and_not_as_ours(tmp_path):
    file = tmp_path / "ledger.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE standings (place TEXT PRIMARY KEY, source TEXT NOT NULL,"
            " form TEXT NOT NULL, there TEXT NOT NULL) WITHOUT ROWID"
        )
        row = (str(PLACE), ONE.source, ONE.form, ONE.there)
        connection.execute("INSERT INTO standings VALUES (?, ?, ?, ?)", row)
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    for _ in range(2):
        with SqliteLedger(file) as ledger:
            assert ledger.recall(PLACE) == ONE
            assert ONE.put_at is None


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0broken"])
def test_a_file_that_is_no_ledger_is_refused_in_a_sentence(tmp_path, content):
    file = tmp_path / "ledger.sqlite3"
    file.write_bytes(content)
    with pytest.raises(StorageError, match=r"the ledger .* cannot be used: "):
        SqliteLedger(file)
    assert file.read_bytes() == content


def test_a_ledger_of_a_later_version_is_refused(tmp_path):
    file = tmp_path / "ledger.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="it has version 99"):
        SqliteLedger(file)


def test_a_ledger_that_breaks_while_it_is_used_costs_one_warning(tmp_path, caplog):
    file = tmp_path / "ledger.sqlite3"
    with SqliteLedger(file) as ledger:
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE tags")
        connection.close()
        ledger.record(PLACE, ONE)
        ledger.record(PLACE, ONE)
        assert ledger.recall(Reference("registry.example", "team/app", "2.0")) is None
    assert len(caplog.records) == 1


def test_no_file_is_made_where_none_is_wanted_or_nothing_is_to_be_recorded(tmp_path):
    state = {"XDG_STATE_HOME": str(tmp_path)}
    for environ, read_only in (({"REPOSYNC_LEDGER": ""}, False), ({}, False), (state, True)):
        with open_ledger(environ, read_only=read_only) as ledger:
            ledger.record(PLACE, ONE)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_made_for_any_run(tmp_path):
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}) as ledger:
        ledger.record(PLACE, ONE)
    assert (tmp_path / "reposync" / "ledger.sqlite3").exists()


def test_a_plan_recalls_and_records_nothing(tmp_path):
    environ = {"REPOSYNC_LEDGER": str(tmp_path / "ledger.sqlite3")}
    with open_ledger(environ) as ledger:
        ledger.record(PLACE, ONE)
    with open_ledger(environ, read_only=True) as ledger:
        ledger.record(PLACE, TWO)
        assert ledger.recall(PLACE) == ONE


def test_the_file_that_is_there_is_used_and_one_that_is_named_must_be_good(tmp_path):
    file = tmp_path / "reposync" / "ledger.sqlite3"
    with SqliteLedger(file) as ledger:
        ledger.record(PLACE, ONE)
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}) as ledger:
        assert ledger.recall(PLACE) == ONE
    file.write_bytes(b"broken" * 100)
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}) as ledger:
        assert ledger.recall(PLACE) is None
    with pytest.raises(StorageError):
        open_ledger({"REPOSYNC_LEDGER": str(file)})


def test_a_layout_is_the_same_place_from_whatever_folder(tmp_path, monkeypatch):
    environ = {"REPOSYNC_LEDGER": str(tmp_path / "ledger.sqlite3")}
    (tmp_path / "sub").mkdir()
    with SqliteLedger(tmp_path / "ledger.sqlite3"):
        pass
    for folder, path in ((tmp_path, "bundle"), (tmp_path / "sub", "../bundle")):
        monkeypatch.chdir(folder)
        with open_ledger(environ) as ledger:
            place = Reference(f"oci:{path}", "team/app", "1.0")
            if path == "bundle":
                ledger.record(place, ONE)
            assert ledger.recall(place) == ONE
