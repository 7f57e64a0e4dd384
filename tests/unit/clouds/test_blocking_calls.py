from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from reposync.clouds.blocking_calls import call_in_thread
from reposync.errors import LoginError, TransportError


async def test_a_call_that_blocks_does_not_hold_the_loop_up():
    go = threading.Event()
    waiting = asyncio.create_task(call_in_thread(lambda: go.wait(10), 10, "it"))
    await asyncio.sleep(0)
    go.set()
    assert await waiting is True


async def test_what_it_raises_is_raised_to_who_waits():
    def fail() -> None:
        raise LoginError("nobody")

    with pytest.raises(LoginError, match="nobody"):
        await call_in_thread(fail, 10, "it")


async def test_a_call_that_takes_too_long_is_left_behind():
    go = threading.Event()
    with pytest.raises(TransportError, match=r"AWS took longer than 0\.01 seconds"):
        await call_in_thread(lambda: go.wait(10), 0.01, "AWS")
    go.set()


async def test_who_is_cancelled_leaves_at_once():
    go = threading.Event()
    waiting = asyncio.create_task(call_in_thread(lambda: go.wait(10), 10, "it"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go.set()


def test_a_call_that_never_ends_does_not_keep_the_process():
    script = """
import asyncio, threading
from reposync.clouds.blocking_calls import call_in_thread
from reposync.errors import TransportError
try:
    asyncio.run(call_in_thread(threading.Event().wait, 0.01, "it"))
except TransportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == "it took longer than 0.01 seconds\n"
