"""A terminal that a test can look at and resize: tmux, on a socket of its own."""

from __future__ import annotations

import shlex
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers import packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal that shows one command, also after that has ended."""

    program: str
    socket: Path

    def resize(self, width: int, height: int) -> None:
        """Give it another size."""
        self._ask("resize-window", "-x", str(width), "-y", str(height))

    def press(self, key: str) -> None:
        """Press a key, such as ``C-c``."""
        self._ask("send-keys", key)

    def screen(self) -> list[str]:
        """Read all lines in sight, without blanks at their ends."""
        return self._ask("capture-pane", "-p").splitlines()

    def shows_cursor(self) -> bool:
        """Tell whether its cursor is visible."""
        return self._ask("display-message", "-p", "#{cursor_flag}").strip() == "1"

    def until(self, is_there: Callable[[list[str]], bool]) -> list[str]:
        """Look at the screen until *is_there* says so, and give it."""
        until_s = time.monotonic() + _TIMEOUT_S
        screen = self.screen()
        while not is_there(screen):
            assert time.monotonic() < until_s, "\n".join(screen)
            screen = self.screen()
        return screen

    def _ask(self, *arguments: str) -> str:
        command = [self.program, "-S", str(self.socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def terminal(
    command: Sequence[str], socket: Path, environ: Mapping[str, str], width: int, height: int
) -> Iterator[Terminal]:
    """Run *command* in a terminal, as long as the block lasts.

    Raises:
        Skipped: There is no tmux.
    """
    opened = Terminal(packages.require("tmux"), socket)
    size = ["-x", str(width), "-y", str(height)]
    shown = f"{shlex.join(command)}; exec cat"  # which holds the terminal open
    start = ["-f", "/dev/null", "new-session", "-d", *size, shown]
    subprocess.run([opened.program, "-S", str(socket), *start], env=dict(environ), check=True)
    try:
        yield opened
    finally:
        subprocess.run([opened.program, "-S", str(socket), "kill-server"], check=False)
