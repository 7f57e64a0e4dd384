"""Watching work: what shows how it goes, on a terminal or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reposync.cli.progress.lines import ProgressLines
from reposync.sync.listeners import to_all

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from rich.console import Console

    from reposync.cli.interruption import Interruption
    from reposync.sync.events import Listener

    Work = Callable[[Listener], Coroutine[Any, Any, None]]
    """Does everything and informs the listener; ends when nothing of it runs any more."""


def watch(
    work: Work,
    listener: Listener,
    interruption: Interruption,
    draw_on: Console | None,
    *,
    verb: str = "sent",
) -> None:
    """Do *work* until it ends or a signal stops it, and show how it goes.

    *verb* says what is done with bytes that move.
    """
    if draw_on is None:
        lines = ProgressLines(verb=verb)
        interruption.run(lambda: _within(lines.written(), work(to_all(listener, lines))))
        return
    from reposync.cli.progress.live import LiveDisplay

    with LiveDisplay(draw_on, verb=verb) as display:
        interruption.run(lambda: _within(display.refreshed(), work(to_all(listener, display))))


async def _within(
    around: AbstractAsyncContextManager[None], work: Coroutine[Any, Any, None]
) -> None:
    async with around:
        await work


def last_words(draw_on: Console | None) -> bytes:
    """Return what a terminal needs to be as it was, where the process ends at once."""
    if draw_on is None:
        return b""
    from reposync.cli.progress.live import LAST_WORDS

    return LAST_WORDS
