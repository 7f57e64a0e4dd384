from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from reposync.cli.exit_code import ExitCode
from reposync.cli.interruption import Interruption

LONG_S = 60.0


@contextmanager
def running(work, grace_s, *reports):
    """Start a run and give it when it is ready for signals."""
    command = [sys.executable, "-m", "tests.unit.cli.interrupted", work, str(grace_s), *reports]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for(process, "ready")
            yield process
        finally:
            process.kill()


def wait_for(process, words):
    """Read what it says until *words* come; what was read is given."""
    said = ""
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
def test_a_signal_stops_the_run_and_the_summary_says_what_was_done(number, code):
    with running("obedient", LONG_S) as process:
        process.send_signal(number)
        output, errors = process.communicate()
    assert process.returncode == code
    assert "stopping" in errors
    assert "cleaned up" in errors
    assert "Traceback" not in errors
    assert output.endswith("interrupted, 1 image left: 1 up to date in 4.2 s\n")


@pytest.mark.parametrize(("work", "left"), [("obedient", 1), ("stubborn", 0)])
def test_a_run_that_was_stopped_reports_what_was_done_and_what_is_left(tmp_path, work, left):
    path = tmp_path / "run.json"
    with running(work, 0.05, str(path)) as process:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == ExitCode.TERMINATED
    document = json.loads(path.read_text())
    assert document["interrupted"]
    assert document["counts"]["images_left"] == left
    assert [image["status"] for image in document["images"]] == ["up to date"]
    assert [*tmp_path.iterdir()] == [path]


def test_work_that_does_not_stop_is_left_behind_after_the_grace():
    with running("stubborn", 0.05) as process:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED
    assert output.endswith(": 1 up to date\n")
    assert "destroyed" not in errors


def test_a_second_signal_ends_at_once():
    with running("stubborn", LONG_S) as process:
        process.send_signal(signal.SIGINT)
        wait_for(process, "a second signal ends at once")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate()
    assert process.returncode == ExitCode.TERMINATED
    assert output == ""


def test_a_second_signal_ends_even_a_loop_that_hangs():
    with running("blocking", LONG_S) as process:
        process.send_signal(signal.SIGINT)
        process.stdin.write("\n")
        process.stdin.flush()
        wait_for(process, "still here")
        process.send_signal(signal.SIGINT)
        assert process.wait() == ExitCode.INTERRUPTED


def test_a_thread_that_hangs_does_not_hold_up_a_stopped_run():
    with running("thread_bound", LONG_S) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait() == ExitCode.INTERRUPTED


def test_a_terminal_gets_its_cursor_back_after_a_second_signal():
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tests.unit.cli.interrupted", "stubborn", str(LONG_S)]
    environ = {**os.environ, "TERM": "xterm-256color", "CI": ""}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=environ
    ) as process:
        os.close(theirs)
        try:
            read_until(ours, b"ready")
            process.send_signal(signal.SIGINT)
            read_until(ours, b"a second signal ends")
            process.send_signal(signal.SIGTERM)
            assert process.wait() == ExitCode.TERMINATED
            assert read_until(ours, b"\x1b[?25h")
        finally:
            process.kill()
    os.close(ours)


def read_until(terminal, words):
    said = b""
    while words not in said:
        said += os.read(terminal, 4096)
    return said


def test_work_that_ends_by_itself_leaves_no_trace():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    done = []

    async def work():
        done.append(True)

    with Interruption() as interruption:
        interruption.run(work)
    assert done
    assert interruption.exit_code is None
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_error_of_the_work_is_passed_on():
    async def work():
        raise ZeroDivisionError

    with Interruption() as interruption, pytest.raises(ZeroDivisionError):
        interruption.run(work)


def test_a_signal_cancels_the_work_and_is_remembered():
    stopped = []

    async def work():
        signal.raise_signal(signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    with Interruption() as interruption:
        interruption.run(work)
    interruption._runner.close()
    assert stopped
    assert interruption.exit_code is ExitCode.TERMINATED


def test_work_is_stopped_by_a_signal_that_came_before_it():
    async def work():
        await asyncio.Event().wait()

    with Interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        interruption.run(work)
    interruption._runner.close()
    assert interruption.exit_code is ExitCode.INTERRUPTED
