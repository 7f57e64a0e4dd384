"""The floor of finding out: one HEAD a tag on either side, by the smallest program there is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.processes import BenchError
from bench.tools.tool import Tool

if TYPE_CHECKING:
    from bench.tools.tool import Job

_SOURCE: Final = Path(__file__).with_name("asker.c")
_CONNECTIONS: Final = 32  # to each registry: with more of them it took longer


def tool(name: str, folder: Path) -> Tool:
    """Build it in *folder*, to be called like a tool.

    Raises:
        BenchError: There is no C compiler.
    """
    folder.mkdir(exist_ok=True)
    program = folder / "asker"
    compiler = shutil.which("cc")
    if compiler is None:
        raise BenchError("the floor needs a C compiler")
    build = [compiler, "-O2", "-o", str(program), str(_SOURCE)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"the floor cannot be built: {done.stderr.strip()[-300:]}")
    return Tool(name, str(program), command_line, ())


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Have all tags looked up at the source and at every destination."""
    paths = folder / "paths"
    with paths.open("w") as file:
        for repository, tags in job.repositories.items():
            file.writelines(f"/v2/{repository}/manifests/{tag}\n" for tag in tags)
    hosts = [job.source.host, *(each.host for each in job.destinations)]
    return (program, str(_CONNECTIONS), str(paths), *hosts)
