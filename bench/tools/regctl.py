"""regctl, regclient's tool for one image: ``image copy`` for each tag, several at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import AT_ONCE, Tool

if TYPE_CHECKING:
    from pathlib import Path

    from bench.registry import Endpoint
    from bench.tools.tool import Job


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write its hosts, and the references, a pair on each line, for xargs to hand out."""
    settings = folder / ".regctl" / "config.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(document(job)))
    pairs = folder / "references"
    pairs.write_text(
        "".join(
            f"{job.source.host}/{name}:{tag} {destination.host}/{name}:{tag}\n"
            for destination in job.destinations
            for name, tags in job.repositories.items()
            for tag in tags
        )
    )
    copy = (program, "image", "copy")
    return ("xargs", "--arg-file", str(pairs), "-n", "2", "-P", str(AT_ONCE), *copy)


def document(job: Job) -> dict[str, Any]:
    """Return its configuration."""
    return {"hosts": {each.host: _host(each, job) for each in (job.source, *job.destinations)}}


def _host(endpoint: Endpoint, job: Job) -> dict[str, Any]:
    certificate = {"regcert": job.authority.read_text()} if job.authority else {}
    return {
        "tls": "enabled" if endpoint.tls else "disabled",
        "hostname": endpoint.host,
        **certificate,
    }


TOOL: Final = Tool("regctl", "regctl", command_line, ("version",))
