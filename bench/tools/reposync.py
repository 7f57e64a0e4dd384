"""reposync, from the environment that runs this benchmark."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import Tool

if TYPE_CHECKING:
    from bench.registry import Endpoint
    from bench.tools.tool import Job

NAME: Final = "reposync"


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write one stage for each repository."""
    file = folder / "reposync.yml"
    file.write_text(json.dumps(document(job)))
    return (program, "-c", str(file))


def document(job: Job) -> dict[str, Any]:
    """Return the configuration; JSON is YAML too."""
    destinations = {f"to-{number}": each for number, each in enumerate(job.destinations)}
    registries = {"from": job.source, **destinations}
    return {
        "registries": {key: _registry(each) for key, each in registries.items()},
        "stages": [
            {
                "from": {"source": "from", "repository": repository},
                "to": [
                    {"destination": key, "repository": repository, "tags": []}
                    for key in destinations
                ],
            }
            for repository in job.repositories
        ],
    }


def _registry(endpoint: Endpoint) -> dict[str, Any]:
    return {"url": endpoint.host, "skip-tls-verify": not endpoint.tls}


def _program() -> str:
    beside = Path(sys.executable).with_name("run-reposync")
    return str(beside) if beside.exists() else shutil.which("run-reposync") or "run-reposync"


TOOL: Final = Tool(NAME, _program(), command_line, ("--version",))
