"""The ledger's file: what it remembers, who may share it, and that it is never needed."""

from __future__ import annotations

import sqlite3

import pytest
from tests.images import AMD64

from reposync.copy.copy_rule import CopyRule
from reposync.copy.ledger_protocol import MemoryLedger
from reposync.copy.overwrite import OverwriteRule
from reposync.copy.platforms import PlatformRule
from reposync.errors import StorageError
from reposync.ledger.sqlite_ledger import SqliteLedger
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.selection.parsing import parse
from reposync.selection.pattern import parse_tag_pattern
from reposync.sync.plan import Place, Rule, Stage
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
    with SqliteLedger(file) as one, SqliteLedger(file) as two:
        one.record(PLACE, ONE)
        assert two.recall(PLACE) == ONE
        two.record(PLACE, TWO)
        assert one.recall(PLACE) == TWO


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
            connection.execute("DROP TABLE standings")
        connection.close()
        ledger.record(PLACE, ONE)
        ledger.record(PLACE, ONE)
        assert ledger.recall(PLACE) is None
    assert len(caplog.records) == 1


def test_no_file_is_made_where_no_rule_gains_by_it_or_none_is_wanted(tmp_path):
    for environ in ({"XDG_STATE_HOME": str(tmp_path)}, {"REPOSYNC_LEDGER": ""}, {}):
        with open_ledger(environ, []) as ledger:
            assert isinstance(ledger, MemoryLedger)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "gains",
    [
        {"platforms": PlatformRule((AMD64,))},
        {"may_be_sparse": True},
        {"overwrite": OverwriteRule(immutable=(parse_tag_pattern("v*"),))},
        {"selectors": (parse(f"1@{Digest.of(b'', 'sha512')}"),)},
    ],
    ids=["platforms", "sparse", "immutable", "sha512"],
)
def test_a_file_is_made_where_a_rule_gains_by_it(tmp_path, gains):
    selectors = gains.pop("selectors", ())
    place = Place("r", Reference("registry.example", "team/app"))
    stage = Stage("s", place, (Rule(place, selectors, CopyRule(**gains)),))
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}, [stage]):
        assert (tmp_path / "reposync" / "ledger.sqlite3").exists()


def test_the_file_that_is_there_is_used_and_one_that_is_named_must_be_good(tmp_path):
    file = tmp_path / "reposync" / "ledger.sqlite3"
    with SqliteLedger(file) as ledger:
        ledger.record(PLACE, ONE)
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}, []) as ledger:
        assert ledger.recall(PLACE) == ONE
    file.write_bytes(b"broken" * 100)
    with open_ledger({"XDG_STATE_HOME": str(tmp_path)}, []) as ledger:
        assert ledger.recall(PLACE) is None
    with pytest.raises(StorageError):
        open_ledger({"REPOSYNC_LEDGER": str(file)}, [])


def test_a_layout_is_the_same_place_from_whatever_folder(tmp_path, monkeypatch):
    environ = {"REPOSYNC_LEDGER": str(tmp_path / "ledger.sqlite3")}
    (tmp_path / "sub").mkdir()
    with SqliteLedger(tmp_path / "ledger.sqlite3"):
        pass
    for folder, path in ((tmp_path, "bundle"), (tmp_path / "sub", "../bundle")):
        monkeypatch.chdir(folder)
        with open_ledger(environ, []) as ledger:
            place = Reference(f"oci:{path}", "team/app", "1.0")
            if path == "bundle":
                ledger.record(place, ONE)
            assert ledger.recall(place) == ONE
