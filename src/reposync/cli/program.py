"""The program: its name, and the variable by which a shell asks it for completions."""

from __future__ import annotations

PROGRAM = "run-reposync"
SHELL_VARIABLE = "_RUN_REPOSYNC_COMPLETE"
