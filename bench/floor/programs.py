"""The floor of each workload: the least that could be done for it, as a few lines of C.

They speak to the same registries as the tools, and what they copy is compared as well.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.floor import plan
from bench.processes import BenchError
from bench.tools.tool import Tool

if TYPE_CHECKING:
    from bench.store import Store
    from bench.tools.tool import Job

NAME: Final = "floor"
_AT_ONCE: Final = 32  # to each registry: with more of them it took longer


def built(program: str, folder: Path) -> Path:
    """Build ``PROGRAM.c`` in *folder*.

    Raises:
        BenchError: There is no C compiler, or not what it needs.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise BenchError("the floor needs a C compiler")
    folder.mkdir(exist_ok=True)
    source, target = Path(__file__).with_name(f"{program}.c"), folder / program
    build = [compiler, "-O2", "-o", str(target), str(source), "-ldl", "-lpthread"]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"the floor cannot be built: {done.stderr.strip()[-300:]}")
    return target


def asker(folder: Path) -> Tool:
    """Return the floor of finding out that all is up to date: one HEAD a tag on either side.

    Raises:
        BenchError: It cannot be built.
    """

    def command_line(program: str, job: Job, home: Path) -> tuple[str, ...]:
        paths = home / "paths"
        with paths.open("w") as file:
            for repository, tags in job.repositories.items():
                file.writelines(f"/v2/{repository}/manifests/{tag}\n" for tag in tags)
        return (program, transport(job.source.tls), str(_AT_ONCE), str(paths), *_hosts(job))

    return Tool(NAME, str(built("asker", folder)), command_line, ())


def copier(folder: Path, source: Store) -> Tool:
    """Return the floor of copying all that *source* has.

    Raises:
        BenchError: It cannot be built.
    """

    def command_line(program: str, job: Job, home: Path) -> tuple[str, ...]:
        steps = home / "plan"
        steps.write_text("".join(f"{line}\n" for line in plan.lines(source, job.repositories)))
        return (program, transport(job.source.tls), str(_AT_ONCE), str(steps), *_hosts(job))

    return Tool(NAME, str(built("copier", folder)), command_line, ())


def transport(tls: bool) -> str:  # noqa: FBT001 -- a word for it
    """Say it as the programs want to have it."""
    return "tls" if tls else "plain"


def _hosts(job: Job) -> list[str]:
    return [job.source.host, *(each.host for each in job.destinations)]
