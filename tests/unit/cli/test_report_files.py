"""``--report``: files that are whole or as they were, whatever becomes of the run."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import stat

import click
import pytest
from tests.unit.report.junit_shape import parsed
from tests.unit.report.script import STAGING, ended, failed_stage, outcome, run_of

from reposync.cli.exit_code import ExitCode
from reposync.cli.report_file import ReportFiles, open_reports
from reposync.cli.run import conduct
from reposync.copy.outcome import Status

pytestmark = pytest.mark.usefixtures("restored_logging")
GOOD = tuple(run_of(ended(outcome(Status.COPIED), outcome(Status.UP_TO_DATE, to=STAGING))))
BAD = (failed_stage(), *GOOD)
SKIPPING = tuple(run_of(ended(outcome(Status.SKIPPED))))


def replay(*events):
    async def work(listener):
        for event in events:
            listener(event)
        await asyncio.sleep(0)

    return work


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def run(paths, *events, meanwhile=lambda: None, fail_on=()):
    """Conduct a run of *events* with reports to *paths*; *meanwhile* is done while it runs."""

    async def work(listener):
        meanwhile()
        await replay(*events)(listener)

    with open_reports([str(path) for path in paths]) as reports:
        return conduct(work, None, reports=reports, fail_on=fail_on)


def test_each_report_is_written_in_the_form_of_its_suffix(tmp_path):
    names = ("run.json", "run.xml", "run.md", "again.JSON", "run.html", "run.prom")
    paths = [tmp_path / name for name in names]
    assert run(paths, *GOOD) is ExitCode.DONE
    assert len(json.loads(paths[0].read_text())["images"]) == 2
    assert parsed(paths[1].read_text()).attrib["tests"] == "2"
    assert paths[2].read_text().startswith("# reposync\n")
    assert paths[3].read_text().startswith("{")
    assert paths[4].read_text().startswith("<!doctype html>\n")
    assert paths[5].read_text().startswith("# HELP reposync_")


def test_nothing_is_left_beside_a_report(tmp_path):
    run([tmp_path / "run.json", tmp_path / "run.xml"], *GOOD)
    assert names_in(tmp_path) == ["run.json", "run.xml"]


def test_a_report_can_be_read_by_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    try:
        run([tmp_path / "run.json"], *GOOD)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o640


def test_a_report_goes_to_where_a_link_points(tmp_path):
    (tmp_path / "link.json").symlink_to("run.json")
    run([tmp_path / "link.json"], *GOOD)
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "run.json").read_text().startswith("{")


@pytest.mark.parametrize("before", [b"\xff\x00 { not metrics", b"", b"x" * 100_000])
def test_metrics_replace_any_file(tmp_path, before):
    (tmp_path / "run.prom").write_bytes(before)
    assert run([tmp_path / "run.prom"], *GOOD) is ExitCode.DONE
    assert (tmp_path / "run.prom").read_text().startswith("# HELP reposync_")


def test_what_stood_there_stays_until_the_new_report_is_whole(tmp_path):
    path = tmp_path / "run.json"
    path.write_text("old")
    seen = []
    run([path], *GOOD, meanwhile=lambda: seen.append(path.read_text()))
    assert seen == ["old"]
    assert path.read_text().startswith("{")


def test_what_was_done_is_reported_when_a_bug_ends_the_run(tmp_path):
    async def broken(listener):
        listener(GOOD[4])
        raise ZeroDivisionError

    path = tmp_path / "run.json"
    with open_reports([str(path)]) as reports, pytest.raises(ZeroDivisionError):
        conduct(broken, None, reports=reports)
    document = json.loads(path.read_text())
    assert document["error"]["kind"] == "bug"
    assert document["interrupted"]
    assert len(document["images"]) == 2


@pytest.mark.parametrize(
    ("events", "fail_on", "code"),
    [
        (GOOD, (), ExitCode.FAILED),
        (BAD, (), ExitCode.FAILED),
        (SKIPPING, ("skipped",), ExitCode.NOT_ALLOWED),
    ],
)
def test_a_report_that_cannot_be_written_makes_a_success_alone_a_failure(
    tmp_path, caplog, events, fail_on, code
):
    folder = tmp_path / "gone"
    folder.mkdir()
    path = folder / "run.json"
    assert run([path], *events, meanwhile=folder.rmdir, fail_on=fail_on) is code
    assert f"the report {path} cannot be written: no such file or directory" in caplog.messages


def test_one_report_that_cannot_be_written_keeps_no_other_from_it(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    paths = [folder / "run.md", tmp_path / "run.md"]
    assert run(paths, *GOOD, meanwhile=folder.rmdir) is ExitCode.FAILED
    assert paths[1].exists()


class FullDisk(io.BytesIO):
    def write(self, data):
        del data
        raise OSError(errno.ENOSPC, "No space left on device")


def test_images_that_could_not_be_kept_make_no_report_that_lacks_them(tmp_path, caplog):
    names = ("run.json", "run.xml", "run.html", "run.md", "run.prom")
    paths = [str(tmp_path / name) for name in names]
    reports = ReportFiles(paths, FullDisk())
    assert conduct(replay(*GOOD), None, reports=reports) is ExitCode.FAILED
    assert names_in(tmp_path) == ["run.md", "run.prom"]
    assert [message for message in caplog.messages if "report" in message] == [
        f"the report {path} cannot be written: no space left on device" for path in paths[:3]
    ]


def test_a_report_that_broke_off_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "run.md"
    path.write_text("old")

    def full(descriptor):
        del descriptor
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run([path], *GOOD) is ExitCode.FAILED
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["run.md"]


def test_the_summary_is_told_beside_the_reports(tmp_path, capsys):
    run([tmp_path / "run.json"], *GOOD)
    assert capsys.readouterr().out.endswith("\n1 copied, 1 up to date, 3.0 MiB sent in 4.2 s\n")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no/run.json", "no such file or directory"), ("folder.json", "it is a folder")],
)
def test_a_place_that_cannot_hold_a_report_is_found_out_before_anything_is_done(
    tmp_path, name, reason
):
    (tmp_path / "folder.json").mkdir()
    path = tmp_path / name
    with (
        pytest.raises(click.UsageError, match=f"{name} cannot be written: {reason}; nothing was"),
        open_reports([str(tmp_path / "good.json"), str(path)]),
    ):
        pass
    assert names_in(tmp_path) == ["folder.json"]
