"""regsync, regclient's own sync: ``once`` with a file, several images at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import AT_ONCE, Tool

if TYPE_CHECKING:
    from pathlib import Path

    from bench.registry import Endpoint
    from bench.tools.tool import Job


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write the file."""
    file = folder / "regsync.yml"
    file.write_text(json.dumps(document(job)))
    return (program, "once", "--config", str(file))


def document(job: Job) -> dict[str, Any]:
    """Return the configuration; JSON is YAML too."""
    return {
        "version": 1,
        "creds": [_registry(each, job) for each in (job.source, *job.destinations)],
        "defaults": {"parallel": AT_ONCE, "skipDockerConfig": True},
        "sync": [
            {
                "source": f"{job.source.host}/{repository}",
                "target": f"{destination.host}/{repository}",
                "type": "repository",
            }
            for repository in job.repositories
            for destination in job.destinations
        ],
    }


def _registry(endpoint: Endpoint, job: Job) -> dict[str, Any]:
    certificate = {"regcert": job.authority.read_text()} if job.authority else {}
    return {
        "registry": endpoint.host,
        "tls": "enabled" if endpoint.tls else "disabled",
        "reqConcurrent": AT_ONCE,
        **certificate,
    }


TOOL: Final = Tool("regsync", "regsync", command_line, ("version",))
