"""Drawing on a terminal: live progress, and log lines above it.

A thin layer: what is true stands in ``ProgressState``, here it gets rows and colours.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reposync.cli.progress import BlobProgress, ProgressState, StageProgress
from reposync.oci.error_code import printable
from reposync.report.units import binary_size, count, duration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import TextIO

    from rich.console import RenderableType

    from reposync.sync.events import Event

SHOW_CURSOR = b"\x1b[?25h\n"
"""What a terminal needs when a display ends without its own end."""
_REFRESH_S = 1 / 8
_FIXED_ROWS = 4
"""The images, what is not shown, what is left, and the cursor's own row."""
_STAGE_ROWS = 4
_BLOB_ROWS = 8
_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}


def console(stream: TextIO) -> Console:
    """Make a console that takes text as it is; it honours NO_COLOR and COLUMNS."""
    return Console(file=stream, force_terminal=True, markup=False, highlight=False, emoji=False)


class ConsoleHandler(logging.Handler):
    """Writes log lines on a console, above what is drawn there."""

    def __init__(self, on: Console) -> None:
        super().__init__()
        self._console = on

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; breaking a long line is left to the terminal."""
        line = Text(self.format(record), style=_STYLES.get(record.levelno, ""))
        try:
            self._console.print(line, soft_wrap=True)
        except OSError:
            self.handleError(record)


class LiveDisplay:
    """A listener that draws the progress of a run while it is entered.

    A terminal that goes away ends the drawing, never the run.
    """

    def __init__(self, on: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._state = ProgressState()
        self._console = on
        self._clock = clock
        self._live = Live(
            console=on,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
            get_renderable=self._frame,
        )

    def __call__(self, event: Event) -> None:
        """Take *event* into account; it is seen at the next refresh."""
        self._state.take(event, self._clock())

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._live.stop()

    @asynccontextmanager
    async def refreshed(self) -> AsyncIterator[None]:
        """Refresh what is drawn, eight times a second, on the loop that also moves the state."""
        ticker = asyncio.create_task(self._refresh())
        try:
            yield
        finally:
            ticker.cancel()
            await asyncio.wait({ticker})

    async def _refresh(self) -> None:
        with suppress(OSError):
            while True:
                self._live.refresh()
                await asyncio.sleep(_REFRESH_S)

    def _frame(self) -> RenderableType:
        return frame(self._state, self._clock(), self._console.width, self._console.height)


def frame(state: ProgressState, at_s: float, width: int, height: int) -> RenderableType:
    """Draw *state* as it is at *at_s*, in at most *height* lines less one for the cursor."""
    rows = max(height - _FIXED_ROWS, 0)
    stages = list(state.stages.values())[: min(_STAGE_ROWS, rows // 2)]
    blobs = list(state.blobs.values())[: min(_BLOB_ROWS, rows - len(stages))]
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=width // 3)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_row("images", _bar(state.images_ended, state.images_selected), _images(state))
    for stage in stages:
        grid.add_row(printable(stage.name), _stage_bar(stage), _stage(stage))
    for blob in blobs:
        grid.add_row(blob.digest.short, _bar(blob.read_bytes, blob.size_bytes), _blob(blob))
    lines = (
        _more(len(state.stages) - len(stages), len(state.blobs) - len(blobs)),
        _left(state, at_s),
    )
    return Group(grid, *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines if line))


def _bar(done: int, total: int) -> ProgressBar:
    return ProgressBar(total=max(total, 1), completed=done)


def _stage_bar(stage: StageProgress) -> ProgressBar:
    if stage.selected is None:
        return ProgressBar(total=None)
    return _bar(stage.ended, stage.selected)


def _images(state: ProgressState) -> Text:
    text = Text(f"{state.images_ended}/{state.images_selected}")
    if state.failed:
        text.append(f", {state.failed} failed", style="red")
    return text


def _stage(stage: StageProgress) -> str:
    return "selecting" if stage.selected is None else f"{stage.ended}/{stage.selected}"


def _blob(blob: BlobProgress) -> str:
    read = f"{binary_size(blob.read_bytes)} of {binary_size(blob.size_bytes)}"
    return read if blob.destinations == 1 else f"{read} to {blob.destinations}"


def _more(stages: int, blobs: int) -> str:
    parts = [
        count(number, f"more {noun}")
        for number, noun in ((stages, "stage"), (blobs, "blob"))
        if number
    ]
    return f"and {', '.join(parts)}" if parts else ""


def _left(state: ProgressState, at_s: float) -> str:
    speed = f"{binary_size(state.bytes_per_second(at_s))}/s"
    parts = [
        f"{binary_size(state.bytes_read)} read, {speed}",
        f"{count(state.images_left, 'image')} left",
    ]
    if state.stages_undecided:
        parts.append(f"{count(state.stages_undecided, 'stage')} to come")
    eta_s = state.eta_s(at_s)
    if eta_s is not None:
        parts.append(f"about {duration(eta_s)}")
    return ", ".join(parts)
