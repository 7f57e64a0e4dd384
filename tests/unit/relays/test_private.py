"""Files that only this user may read, and that are gone afterwards."""

from __future__ import annotations

import stat
from contextlib import suppress

import pytest

from reposync.errors import StorageError
from reposync.relays.certificates import certificate_directory
from reposync.relays.private import folder_in, private_directory, write_private
from reposync.trust import ClientPair, Trust


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_directory_and_file_are_for_this_user_alone_and_gone_afterwards(tmp_path):
    with private_directory({"TMPDIR": str(tmp_path)}) as directory:
        with folder_in(directory) as folder:
            file = write_private(folder / "auth.json", b"{}")
            assert [mode(each) for each in (directory, folder, file)] == [0o700, 0o700, 0o600]
        assert not folder.exists()
    assert not list(tmp_path.iterdir())


def test_they_are_gone_after_an_error_too(tmp_path):
    with suppress(ZeroDivisionError), private_directory({"TMPDIR": str(tmp_path)}) as path:
        write_private(path / "auth.json", b"{}")
        1 / 0  # noqa: B018 -- an error is what is wanted
    assert not list(tmp_path.iterdir())


def test_the_directory_of_the_session_is_preferred(tmp_path):
    session = tmp_path / "session"
    session.mkdir()

    with private_directory({"TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(session)}) as path:
        assert path.parent == session


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(StorageError) as caught, private_directory({"TMPDIR": f"{tmp_path}/none"}):
        pass
    assert str(caught.value) == "no temporary directory can be made (no such file or directory)"
    assert "TMPDIR" in (caught.value.hint or "")


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    write_private(tmp_path / "file", b"mine")

    with pytest.raises(FileExistsError):
        write_private(tmp_path / "file", b"theirs")


def test_certificates_are_linked_under_the_names_that_tools_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").write_text("authority")
    (tmp_path / "pair.pem").write_text("certificate and key")
    trust = Trust(authorities=("ca.pem",), pairs=(ClientPair("pair.pem", "pair.pem"),))

    path = certificate_directory(trust, tmp_path / "made" / "a.example")

    assert {each.name: each.read_text() for each in path.iterdir()} == {
        "0.crt": "authority",
        "0.cert": "certificate and key",
        "0.key": "certificate and key",
    }
