"""skopeo: ``sync`` with a YAML file, once for each destination; ``copy`` where one image is all.

It has no option that makes it do several images at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bench.tools.tool import Tool, in_turn

if TYPE_CHECKING:
    from pathlib import Path

    from bench.registry import Endpoint
    from bench.tools.tool import Job


def command_line(program: str, job: Job, folder: Path) -> tuple[str, ...]:
    """Write the file, and call it in turn."""
    file = folder / "skopeo.yml"
    file.write_text(json.dumps(document(job)))
    arguments = (program, "--insecure-policy")
    return in_turn(
        (*arguments, *call)
        for destination in job.destinations
        for call in (_copy(job, destination) if job.is_one_image else _sync(file, job, destination))
    )


def document(job: Job) -> dict[str, Any]:
    """Return the file of ``sync``; an empty list means every tag."""
    images: dict[str, list[str]] = {repository: [] for repository in job.repositories}
    return {job.source.host: {"tls-verify": job.source.tls, "images": images}}


def _sync(file: Path, job: Job, destination: Endpoint) -> list[tuple[str, ...]]:
    # It keeps the last part of a repository's name only.
    folder = next(iter(job.repositories)).rpartition("/")[0]
    options = ("--all", "--src", "yaml", "--dest", "docker", _verify("dest", destination))
    return [("sync", *options, str(file), f"{destination.host}/{folder}")]


def _copy(job: Job, destination: Endpoint) -> list[tuple[str, ...]]:
    options = ("--all", "--quiet", _verify("src", job.source), _verify("dest", destination))
    return [
        (
            "copy",
            *options,
            f"docker://{job.source.host}/{repository}:{tag}",
            f"docker://{destination.host}/{repository}:{tag}",
        )
        for repository, tags in job.repositories.items()
        for tag in tags
    ]


def _verify(side: str, endpoint: Endpoint) -> str:
    return f"--{side}-tls-verify={'true' if endpoint.tls else 'false'}"


TOOL: Final = Tool("skopeo", "skopeo", command_line, ("--version",))
