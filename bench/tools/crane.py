"""crane: ``copy --all-tags`` for each repository, several images at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.tools.tool import AT_ONCE, Tool, in_turn

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tools.tool import Job


def command_line(program: str, job: Job, _folder: Path) -> tuple[str, ...]:
    """Call it for each repository and destination in turn."""
    insecure = () if job.source.tls else ("--insecure",)
    options = (*insecure, "copy", "--all-tags", "--jobs", str(AT_ONCE))
    return in_turn(
        (program, *options, f"{job.source.host}/{name}", f"{destination.host}/{name}")
        for destination in job.destinations
        for name in job.repositories
    )


TOOL: Final = Tool("crane", "crane", command_line, ("version",))
