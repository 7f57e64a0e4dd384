"""Where it was measured, and with which versions; nothing that names the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.registry import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.tools.tool import Tool

_LIMIT_S: Final = 10


def describe() -> dict[str, str]:
    """Describe processor, cores, memory and kernel."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_bytes / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {re.split('[^0-9.]', platform.release())[0]}",
    }


def load_per_core() -> float:
    """Return how many processes wanted to run in the last minute, for each core."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def versions(tools: Iterable[Tool]) -> dict[str, str]:
    """Return the versions of Python, of the registry and of *tools*."""
    told = {tool.name: _version(tool.program, *tool.version_arguments) for tool in tools}
    return {
        **told,
        "Python": platform.python_version(),
        PROGRAM: _version(PROGRAM, "--version"),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _version(*command: str) -> str:
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"}
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, timeout=_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = re.search(r"\bv?\d+\.\d+[\w.+-]*", done.stdout + done.stderr)
    return found[0] if found else "unknown"
