"""image-syncer: its two files, several images at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import AT_ONCE, Tool

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tools.tool import Job


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write both files."""
    for name, document in (("auth", access(job)), ("images", images(job))):
        (folder / f"{name}.json").write_text(json.dumps(document))
    files = ("--auth", str(folder / "auth.json"), "--images", str(folder / "images.json"))
    return (program, "--proc", str(AT_ONCE), *files)


def access(job: Job) -> dict[str, Any]:
    """Say of each registry that it needs no login, and whether its certificate is checked."""
    return {
        each.host: {"username": "", "password": "", "insecure": not each.tls}
        for each in (job.source, *job.destinations)
    }


def images(job: Job) -> dict[str, list[str]]:
    """Map each repository, all its tags, to its destinations."""
    return {
        f"{job.source.host}/{repository}": [
            f"{destination.host}/{repository}" for destination in job.destinations
        ]
        for repository in job.repositories
    }


TOOL: Final = Tool("image-syncer", "image-syncer", command_line, ("--version",))
