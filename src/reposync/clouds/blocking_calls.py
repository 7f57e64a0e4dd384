"""Blocking: a vendor's call that blocks, in a thread of its own, with a limit of time.

Such a call cannot be ended from outside. So the thread is a daemon: it keeps neither a run that is
interrupted nor the end of the process waiting, as one of asyncio's own would.
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


async def blocking(call: Callable[[], _T], limit_s: float, what: str) -> _T:
    """Return what *call* gives, or raise what it raises.

    Cancelled, it leaves the thread to itself; what that finds is lost.

    Raises:
        TransportError: *what* took longer than *limit_s* seconds.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[_T] = loop.create_future()

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 -- it is raised where it is awaited
            _told(loop, _fail, ended, error)
        else:
            _told(loop, _succeed, ended, result)

    threading.Thread(target=work, name=f"reposync {what}", daemon=True).start()
    try:
        return await asyncio.wait_for(ended, limit_s)
    except TimeoutError:
        raise TransportError(f"{what} took longer than {limit_s:g} seconds") from None


def _told(loop: asyncio.AbstractEventLoop, tell: Callable[..., None], *arguments: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(tell, *arguments)


def _succeed(ended: asyncio.Future[_T], result: _T) -> None:
    if not ended.done():
        ended.set_result(result)


def _fail(ended: asyncio.Future[object], error: BaseException) -> None:
    if not ended.done():
        ended.set_exception(error)
