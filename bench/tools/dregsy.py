"""dregsy: one task for each destination, by way of skopeo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import Tool

if TYPE_CHECKING:
    from pathlib import Path

    from bench.registry import Endpoint
    from bench.tools.tool import Job


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write the file."""
    file = folder / "dregsy.yml"
    file.write_text(json.dumps(document(job)))
    return (program, "-config", str(file))


def document(job: Job) -> dict[str, Any]:
    """Return the configuration; JSON is YAML too, and no tags mean all."""
    return {
        "relay": "skopeo",
        "tasks": [
            {
                "name": f"to-{number}",
                "source": _registry(job.source),
                "target": _registry(destination),
                "mappings": [
                    {"from": repository, "to": repository, "platform": "all"}
                    for repository in job.repositories
                ],
            }
            for number, destination in enumerate(job.destinations)
        ],
    }


def _registry(endpoint: Endpoint) -> dict[str, Any]:
    return {"registry": endpoint.host, "skip-tls-verify": not endpoint.tls, "auth": "none"}


TOOL: Final = Tool("dregsy", "dregsy", command_line, ("-version",))
