"""Files that only this user may read, and that are gone afterwards."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from reposync.errors import OutOfSpaceError, StorageError
from reposync.external.certificates import certificate_directory
from reposync.external.private import folder_in, private_directory, storage_error, write_private
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


@pytest.mark.parametrize("mode_of_it", [0o777, 0o770])
def test_a_directory_that_others_may_write_is_not_taken_for_the_sessions(tmp_path, mode_of_it):
    session, own = tmp_path / "session", tmp_path / "own"
    session.mkdir()
    own.mkdir()
    session.chmod(mode_of_it)

    with private_directory({"TMPDIR": str(own), "XDG_RUNTIME_DIR": str(session)}) as path:
        assert path.parent == own


def test_what_a_killed_run_left_is_gone_with_the_next_and_what_is_in_use_stays(tmp_path):
    environ = {"TMPDIR": str(tmp_path)}
    (tmp_path / "reposync-relay-link").symlink_to("/etc")
    (tmp_path / "other").mkdir()
    with private_directory(environ) as used, killed(environ) as left:
        write_private(used / "auth.json", b"{}")
        assert (left / "auth.json").exists()
        with private_directory(environ):
            assert not left.exists()
            assert (used / "auth.json").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other", "reposync-relay-link"]


@contextmanager
def killed(environ):
    """Return the directory of a process that was killed while it had one."""
    program = (
        "import os, sys; from reposync.external.private import *\n"
        "with private_directory(os.environ) as path:\n"
        "    write_private(path / 'auth.json', b'{}')\n"
        "    print(path, flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        path = process.stdout.readline().strip()
        process.kill()
    yield Path(path)


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, OutOfSpaceError), (errno.EROFS, StorageError)]
)
def test_what_the_system_refuses_is_one_sentence(number, kind):
    error = storage_error(OSError(number, os.strerror(number)), "nothing can be written")
    assert type(error) is kind
    assert str(error) == f"nothing can be written ({os.strerror(number).lower()})"


def test_a_directory_that_somebody_removed_is_one_sentence(tmp_path):
    gone = tmp_path / "gone"
    with pytest.raises(StorageError, match="cannot create a temporary directory"), folder_in(gone):
        pass
    with pytest.raises(StorageError, match="cannot write files"):
        write_private(gone / "file", b"")
    (tmp_path / "here").mkdir()
    with pytest.raises(StorageError, match="cannot create links"):
        certificate_directory(Trust(), tmp_path / "here")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(StorageError) as caught, private_directory({"TMPDIR": f"{tmp_path}/none"}):
        pass
    assert str(caught.value) == "cannot create a temporary directory (no such file or directory)"
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
