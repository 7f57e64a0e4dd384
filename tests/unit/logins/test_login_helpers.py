"""Helpers: real programs that are asked for logins, and do what programs do."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.clock import ManualClock

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.logins.found_logins import AGAIN_AFTER_S, HelperCache
from reposync.logins.helper import Question, ask

if TYPE_CHECKING:
    from tests.unit.logins.homes import Home

SECRET = "s3cret-of-mine"
ORIGIN = "docker's config.json (x)"
QUESTION = Question("pass", "r.example", ORIGIN)


def answer_of(user: str, secret: str) -> str:
    return json.dumps({"ServerURL": "x", "Username": user, "Secret": secret})


async def test_a_helper_gets_the_server_on_its_input_and_gives_a_login(home: Home):
    home.answering("pass", "me", SECRET)
    found = await ask(QUESTION, home.environ)
    assert found == Credentials("me", SECRET, f"docker-credential-pass, named in {ORIGIN}")
    assert home.asked("pass") == ["get r.example"]


async def test_a_login_of_nobody_in_particular_is_an_identity_token(home: Home):
    home.answering("pass", "<token>", SECRET)
    found = await ask(QUESTION, home.environ)
    assert found
    assert (found.user, found.password, found.identity_token) == ("", "", SECRET)


@pytest.mark.parametrize(
    "script",
    [
        "echo credentials not found in native keychain; exit 1",
        "printf 'credentials not found in native keychain'; exit 1",
        f"echo '{answer_of('', '')}'",
    ],
)
async def test_a_helper_may_know_no_login(home: Home, script):
    home.helper("pass", script)
    assert await ask(QUESTION, home.environ) is None


async def test_a_helper_gets_our_environment_and_no_other(home: Home):
    home.helper("pass", 'printf \'{"Username": "%s", "Secret": "%s"}\' "$WHO" "$HOME"')
    found = await ask(QUESTION, home.environ | {"WHO": "somebody"})
    assert found
    assert (found.user, found.password) == ("somebody", str(home.root))


@pytest.mark.parametrize(
    "output",
    [
        "",
        SECRET,
        f'["{SECRET}"]',
        f'"{SECRET}"',
        f'{{"Secret": "{SECRET}"}}',
        f'{{"Username": "{SECRET}"}}',
        f'{{"Username": 5, "Secret": "{SECRET}"}}',
        f'{{"Username": "me", "Secret": ["{SECRET}"]}}',
        f'{{"Username": "me", "Secret": "{SECRET}"',
    ],
)
async def test_what_is_no_login_is_told_and_not_shown(home: Home, output, caplog):
    caplog.set_level(logging.DEBUG)
    home.helper("pass", f"echo '{output}'")
    with pytest.raises(
        LoginError, match=r"docker-credential-pass returned malformed output for r\.example"
    ) as caught:
        await ask(QUESTION, home.environ)
    assert SECRET not in f"{caught.value!r} {caught.value.hint} {caplog.text}"
    assert "echo r.example | docker-credential-pass get" in (caught.value.hint or "")


async def test_an_answer_without_end_is_read_in_part(home: Home):
    home.helper("pass", "head -c 3000000 /dev/zero")
    with pytest.raises(LoginError, match="returned malformed output"):
        await ask(QUESTION, home.environ)


async def test_a_failure_is_told_by_its_exit_code_and_its_words_in_debugging_alone(
    home: Home, caplog
):
    token = "abcdefghijklmnopqrstuvwxyz0123456789"
    home.helper("pass", f"echo 'no store, Bearer {token} {token}' >&2; echo {SECRET}; exit 3")
    with pytest.raises(LoginError, match=r"failed for r\.example with exit code 3") as caught:
        await ask(QUESTION, home.environ)
    assert not caplog.records
    caplog.set_level(logging.DEBUG)
    with pytest.raises(LoginError):
        await ask(QUESTION, home.environ)
    assert "no store, Bearer *** ***" in caplog.text
    assert SECRET not in f"{caught.value!r} {caught.value.hint} {caplog.text}"
    assert token not in caplog.text


async def test_a_helper_that_waits_is_ended_with_all_that_it_started(home: Home):
    pids = home.root / "pids"
    home.helper("pass", f"sleep 60 & echo $$ $! > {pids}; wait")
    with pytest.raises(LoginError, match=r"returned no login for r\.example within 1 s") as caught:
        await ask(QUESTION, home.environ, limit_s=1.0)
    assert "it may be waiting for a passphrase" in (caught.value.hint or "")
    for pid in pids.read_text().split():
        await ended(int(pid))


async def test_what_a_helper_has_let_go_holds_nobody_up(home: Home):
    pids = home.root / "pids"
    home.helper("pass", f"setsid sleep 60 & echo $! > {pids}; echo '{answer_of('me', SECRET)}'")
    assert await ask(QUESTION, home.environ, limit_s=5.0)
    home.helper("pass", f"setsid sleep 60 & echo $! >> {pids}; sleep 60")
    with pytest.raises(LoginError, match="within 1 s"):
        async with asyncio.timeout(5):
            await ask(QUESTION, home.environ, limit_s=1.0)
    for pid in pids.read_text().split():
        os.kill(int(pid), signal.SIGKILL)


async def test_a_helper_that_waits_is_ended_with_the_run(home: Home):
    pids = home.root / "pids"
    home.helper("pass", f"echo $$ > {pids}.new; mv {pids}.new {pids}; sleep 60")
    asking = asyncio.create_task(ask(QUESTION, home.environ))
    while not pids.exists():  # noqa: ASYNC110 -- another program makes it
        await asyncio.sleep(0.005)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await ended(int(pids.read_text()))


async def ended(pid: int) -> None:
    """Wait for the end of a process, which a signal brings about in a moment."""
    async with asyncio.timeout(5):
        while is_running(pid):  # noqa: ASYNC110 -- it is no child of ours
            await asyncio.sleep(0.005)


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


async def test_a_helper_that_reads_nothing_is_no_failure(home: Home):
    file = home.root / "bin/docker-credential-pass"
    file.write_text(f"#!/bin/sh\nexec <&-\necho '{answer_of('me', SECRET)}'\n")
    file.chmod(0o755)
    assert await ask(QUESTION, home.environ)


@pytest.mark.parametrize("name", ["../pass", "/bin/pass", "a/b", "..", ".pass", "-x", "a b", "x;y"])
async def test_a_helper_is_a_name_and_never_a_path(home: Home, name):
    home.answering("pass", "me", SECRET)
    with pytest.raises(LoginError, match=r"names for r\.example has an invalid name"):
        await ask(Question(name, "r.example", ORIGIN), home.environ)
    assert home.asked("pass") == []


async def test_a_helper_that_is_not_on_the_path_is_told(home: Home):
    with pytest.raises(LoginError, match=r"docker-credential-pass, which .* is not on PATH"):
        await ask(QUESTION, home.environ)


async def test_a_helper_that_is_no_program_is_told(home: Home):
    file = home.root / "bin/docker-credential-pass"
    file.write_bytes(b"\x7fELF nonsense")
    file.chmod(0o755)
    with pytest.raises(LoginError, match="cannot be run: exec format error"):
        await ask(QUESTION, home.environ)


async def test_many_who_want_one_login_ask_its_helper_once(home: Home):
    home.answering("pass", "me", SECRET)
    answers = HelperCache(home.environ)
    found = await asyncio.gather(*(answers.answer(QUESTION) for _ in range(20)))
    assert len(set(found)) == 1
    assert len(home.asked("pass")) == 1


async def test_a_failure_is_believed_for_a_while(home: Home):
    clock = ManualClock()
    home.helper("pass", "exit 1")
    answers = HelperCache(home.environ, now_s=clock)
    for _ in range(3):
        with pytest.raises(LoginError):
            await answers.answer(QUESTION)
    assert len(home.asked("pass")) == 1
    home.answering("pass", "me", SECRET)
    clock.advance(AGAIN_AFTER_S)
    assert (await answers.answer(QUESTION)).credentials
    assert len(home.asked("pass")) == 2


def token_until(ends_s: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": ends_s}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl"


def ecr_password_until(ends_s: float) -> str:
    return base64.b64encode(json.dumps({"expiration": int(ends_s)}).encode()).decode()


@pytest.mark.parametrize(
    ("secret", "kept_s"),
    [
        (lambda _: "opaque", 3600),
        (lambda now_s: token_until(now_s + 1000), 800),
        (lambda now_s: token_until(now_s + 86400), 3600),
        (lambda now_s: token_until(now_s - 5), 3600),
        (lambda now_s: ecr_password_until(now_s + 100), 80),
        (lambda _: "a.b.c", 3600),
        (lambda _: token_until(float("inf")), 3600),
        (lambda _: "eyJ.W10.x", 3600),
    ],
)
async def test_an_answer_is_kept_until_its_secret_is_about_to_expire(home: Home, secret, kept_s):
    clock = ManualClock()
    start_s = clock()
    home.answering("pass", "<token>", secret(start_s))
    answers = HelperCache(home.environ, now_s=clock)
    await answers.answer(QUESTION)
    clock.advance(kept_s - 1)
    await answers.answer(QUESTION)
    assert len(home.asked("pass")) == 1
    clock.advance(1)
    await answers.answer(QUESTION)
    assert len(home.asked("pass")) == 2


async def test_helpers_run_beside_each_other(home: Home):
    # Each waits for the other: they would come to an end in no order.
    one, two = home.root / "one", home.root / "two"
    answer = answer_of("me", SECRET)
    for name, mine, other in (("one", one, two), ("two", two, one)):
        wait = f"until [ -e {other} ]; do sleep 0.01; done"
        home.helper(name, f"touch {mine}; {wait}; echo '{answer}'")
    answers = HelperCache(home.environ)
    began_s = time.monotonic()
    questions = [Question(name, "r.example", ORIGIN) for name in ("one", "two")]
    found = await asyncio.gather(*(answers.answer(each) for each in questions))
    assert all(each.credentials for each in found)
    assert time.monotonic() - began_s < 20
