"""Shells: lines are typed, Tab is pressed, and the shell shows what is there then."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TAB = "\t"
# Ctrl-E, Ctrl-A: to the end and the beginning of the line. The bell is heard in answers alone.
_TELL = "\x05\x01printf '<%s>\\a' \n"
_TOLD = re.compile("(?:<[^<>]*>\a)+")
_ON_TERMINAL = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
_TIMEOUT_S = 50
_SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(run-reposync completion bash)"),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -U compinit; compinit -u -D; source <(run-reposync completion zsh)",
    ),
}
_FISH = """
run-reposync completion fish | source
for line in $argv
    complete -C $line
    printf '\\a'
end
"""


def completed(shell: str, lines: Iterable[str], cwd: Path) -> list[list[str]]:
    """Return the words of each of *lines*, which hold TAB, as *shell* has them once it was typed.

    A terminal is made, since a line is completed nowhere else.
    """
    command, beginning = _SHELLS[shell]
    typed = "".join(line + _TELL for line in lines)
    screen = _run([*_ON_TERMINAL, *command], cwd, f"{beginning}\n{typed}exit\n").stdout
    return [re.findall("<([^<>]*)>", each) for each in _TOLD.findall(screen)]


def offered_by_fish(lines: Sequence[str], cwd: Path) -> list[list[str]]:
    """Return what fish offers behind each of *lines*."""
    asked = _run(["fish", "--no-config", "-c", _FISH, *lines], cwd)
    assert not asked.stderr
    each_line = asked.stdout.split("\a")[:-1]
    return [[each.partition("\t")[0] for each in part.splitlines()] for part in each_line]


def _run(command: Sequence[str], cwd: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=typed,
        cwd=cwd,
        env=_environ(),
        capture_output=True,
        text=True,
        check=True,
        timeout=_TIMEOUT_S,
    )


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPOSYNC_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return kept | {"PATH": path, "TERM": "dumb", "PS1": "$ ", "LC_ALL": "C.UTF-8"}
