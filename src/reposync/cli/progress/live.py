"""Progress on a terminal, while a run goes on.

A thin layer: what is true is the state's, what it looks like the frame's.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

from reposync.cli.glyphs import glyphs
from reposync.cli.progress.frame import frame
from reposync.cli.progress.painter import SHOW_CURSOR, Painter
from reposync.cli.progress.state import ProgressState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from rich.console import Console
    from rich.text import Text

    from reposync.sync.events import Event

LAST_WORDS = f"{SHOW_CURSOR}\n".encode()
"""What a terminal needs when a display ends without its own end."""
_REFRESH_S = 0.25


class LiveDisplay:
    """A listener that draws the progress of a run while it is entered.

    A terminal that goes away ends the drawing, never the run. *verb* says what is done with the
    bytes.
    """

    def __init__(
        self, on: Console, clock: Callable[[], float] = time.monotonic, *, verb: str = "sent"
    ) -> None:
        self._state = ProgressState(verb)
        self._clock = clock
        self._glyphs = glyphs(on.encoding)
        self._painter = Painter(on, self._frame, os.environ)

    def __call__(self, event: Event) -> None:
        """Take *event* into account; it is seen at the next refresh."""
        self._state.take(event, self._clock())

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._painter.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._painter.stop()

    @asynccontextmanager
    async def refreshed(self) -> AsyncIterator[None]:
        """Refresh what is drawn, four times a second, on the loop that also moves the state."""
        ticker = asyncio.create_task(self._refresh())
        try:
            yield
        finally:
            ticker.cancel()
            await asyncio.wait({ticker})

    async def _refresh(self) -> None:
        with suppress(OSError):
            while True:
                self._painter.refresh()
                await asyncio.sleep(_REFRESH_S)

    def _frame(self, width: int, height: int) -> list[Text]:
        return frame(self._state.at(self._clock()), width, height, self._glyphs)
