"""Other programs, run to their end and ended with us."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from typing import TYPE_CHECKING

import pytest

from reposync.errors import RelayError
from reposync.external import process
from reposync.external.programs import Programs, at_once, passed_on, program

if TYPE_CHECKING:
    from pathlib import Path

SHELL = "/bin/sh"
A_WHILE_S = 5.0


def shell(script: str) -> list[str]:
    return [SHELL, "-c", script]


async def test_code_and_last_lines_of_both_streams_are_told():
    ended = await process.run(shell("echo one; echo two >&2; exit 3"), {})

    assert (ended.code, sorted(ended.lines)) == (3, ["one", "two"])


async def test_each_line_is_heard_as_it_is_said():
    heard: list[str] = []

    await process.run(shell("echo one; printf 'two\\r\\nthr'; printf ee"), {}, heard.append)

    assert heard == ["one", "two", "three"]


async def test_no_end_of_lines_fills_the_memory():
    script = "import sys; sys.stdout.write('x' * 3_000_000 + '\\n' + 'y\\n' * 100_000)"

    ended = await process.run([sys.executable, "-SEc", script], {})

    assert len(ended.lines) == 40
    assert max(map(len, ended.lines)) == 1


async def test_a_line_without_end_is_cut():
    script = "import sys; sys.stdout.write('x' * 3_000_000)"

    ended = await process.run([sys.executable, "-SEc", script], {})

    assert max(map(len, ended.lines)) <= 16 * 1024


async def test_it_gets_the_environment_that_is_given_and_no_other(monkeypatch):
    monkeypatch.setenv("A_SECRET", "s3cret")

    ended = await process.run(shell("env"), {"LANG": "C"})

    assert "LANG=C" in ended.lines
    assert "s3cret" not in "".join(ended.lines)


async def test_a_program_that_is_not_there_is_one_sentence():
    with pytest.raises(RelayError) as caught:
        await process.run(["/nowhere/skopeo"], {})
    assert str(caught.value) == "/nowhere/skopeo cannot be started (no such file or directory)"
    assert "relay: native" in (caught.value.hint or "")


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
async def test_a_cancelled_call_ends_the_program_and_all_that_it_started(
    trap: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(process, "GRACE_S", 0.3)
    started = asyncio.Event()
    script = f"{trap}sleep 60 & echo $! $$; wait; sleep 60"
    pending: list[int] = []

    def observe(line: str) -> None:
        pending.extend(os.pidfd_open(int(pid)) for pid in line.split())
        started.set()

    task = asyncio.create_task(process.run(shell(script), dict(os.environ), observe))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    ended = [bool(select.select([each], [], [], A_WHILE_S)[0]) for each in pending]
    assert ended == [True, True]
    for each in pending:
        os.close(each)


async def test_no_more_programs_run_at_once_than_are_allowed(tmp_path: Path):
    programs = Programs({"PATH": os.environ["PATH"]}, 1)
    script = f"mkdir {tmp_path}/$$; ls {tmp_path} | wc -l; rmdir {tmp_path}/$$"

    ended = await asyncio.gather(*(programs.run(shell(script)) for _ in range(9)))

    assert {each.lines[0].strip() for each in ended} == {"1"}


def test_at_once_are_as_many_as_images_within_what_the_cores_bear(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    assert [at_once(number) for number in (1, 5, 100)] == [1, 5, 8]


def test_variables_of_ours_are_not_passed_on():
    environ = {
        "PATH": "/bin",
        "https_proxy": "proxy:3128",
        "SSL_CERT_FILE": "ca.pem",
        "HUB_PASSWORD": "s3cret",
        "REGISTRY_AUTH_FILE": "mine.json",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
    }

    assert set(passed_on(environ)) == {"PATH", "https_proxy", "SSL_CERT_FILE"}


def test_a_program_is_looked_for_on_the_path_that_is_given_alone(tmp_path):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)

    assert program("tool", {"PATH": str(tmp_path)}) == str(tool)
    assert program("sh", {"PATH": str(tmp_path)}) is None
    assert program("sh", {}) is None
