"""Standard streams that are closed, full, or read by nobody any more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests import images
from tests.e2e.command import COMMAND
from tests.unit.cli.filled import fill, tags

FILE = """\
registries:
  source: {url: "oci:source"}
  mirror: {url: "oci:mirror"}
stages:
  - from: {source: source, repository: team/app}
    to: [{destination: mirror, repository: app, tags: ["1.0", TAG]}]
"""
APP = images.image("app")
FULL = Path("/dev/full")
NEEDS_FULL = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "source", {"team/app:1.0": APP, "team/app:2.0": APP})
    for tag in ("2.0", "9.9"):
        (tmp_path / f"{tag}.yml").write_text(FILE.replace("TAG", f'"{tag}"'))
    return tmp_path


def shell(call: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which ``$REPOSYNC`` is the command."""
    return subprocess.run(
        ["bash", "-c", call],
        cwd=folder,
        env=os.environ | {"REPOSYNC": str(COMMAND), "REPOSYNC_LEDGER": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("tag", "code"), [("2.0", 0), ("9.9", 1)])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_run_with_closed_streams_copies_and_ends_with_its_exit_code(folder, closed, tag, code):
    done = shell(f"$REPOSYNC -c {tag}.yml {closed}", folder)
    assert done.returncode == code
    assert "bug" not in done.stdout + done.stderr
    assert tags(folder / "mirror", "app")["1.0"] == APP.digest


def test_the_open_stream_says_what_it_would_say_anyway(folder):
    assert "1 copied, 1 mounted" in shell("$REPOSYNC -c 2.0.yml 2>&-", folder).stdout
    assert "run ended" in shell("$REPOSYNC -c 2.0.yml >&-", folder).stderr


@NEEDS_FULL
@pytest.mark.parametrize("call", ["--help", "--version", "sync --help", "schema", "-c 2.0.yml"])
def test_output_that_a_full_disk_does_not_take_is_a_sentence_and_exit_1(folder, call):
    done = shell(f"$REPOSYNC {call} > /dev/full", folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "standard output cannot be written: no space left on device"
    )
    assert "bug" not in done.stderr


@pytest.mark.parametrize("call", ["--help", "--version", "sync --help", "schema", "-c 2.0.yml"])
def test_a_reader_that_went_away_is_no_failure_and_no_words(folder, call):
    done = shell(f"($REPOSYNC {call} 2> said; echo $? > code) | true", folder)
    assert done.returncode == 0
    assert (folder / "code").read_text() == "0\n"
    assert not {"bug", "Broken", "Traceback"} & set((folder / "said").read_text().split())


@pytest.mark.parametrize(("tag", "code"), [("2.0", 0), ("9.9", 1)])
def test_a_reader_of_the_log_that_went_away_does_not_change_the_exit_code(folder, tag, code):
    shell(f"($REPOSYNC -c {tag}.yml 2>&1 > /dev/null; echo $? > code) | true", folder)
    assert (folder / "code").read_text() == f"{code}\n"


@NEEDS_FULL
@pytest.mark.parametrize("stream", ["2> /dev/full", "2>&-"])
def test_a_wrong_call_is_exit_2_where_nobody_can_be_told(folder, stream):
    assert shell(f"$REPOSYNC nonsense {stream}", folder).returncode == 2
