"""Blocking calls of vendors' libraries: each in a thread of its own, with a time limit.

Such a call cannot be cancelled. So the thread is a daemon: unlike a thread of asyncio's executor,
it delays neither an interrupted run nor the exit of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

from reposync.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


async def call_in_thread(call: Callable[[], _T], limit_s: float, what: str) -> _T:
    """Return the result of *call*, or raise its exception.

    On cancellation the thread goes on; its result is dropped.

    Raises:
        TransportError: *what* took longer than *limit_s* seconds.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[_T] = loop.create_future()

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 -- raised where the result is awaited
            _report(loop, _fail, ended, error)
        else:
            _report(loop, _succeed, ended, result)

    threading.Thread(target=work, name=f"reposync {what}", daemon=True).start()
    try:
        return await asyncio.wait_for(ended, limit_s)
    except TimeoutError:
        raise TransportError(f"{what} took longer than {limit_s:g} seconds") from None


def _report(
    loop: asyncio.AbstractEventLoop, deliver: Callable[..., None], *arguments: object
) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nothing waits for the result
        loop.call_soon_threadsafe(deliver, *arguments)


def _succeed(ended: asyncio.Future[_T], result: _T) -> None:
    if not ended.done():
        ended.set_result(result)


def _fail(ended: asyncio.Future[object], error: BaseException) -> None:
    if not ended.done():
        ended.set_exception(error)
