"""The installed command, called as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("run-reposync")


def run(
    *arguments: str, stdin: str = "", cwd: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Call the command with *environ* beside what the environment holds, but for our own names."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPOSYNC_")}
    return subprocess.run(
        [COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=kept | environ,
    )
