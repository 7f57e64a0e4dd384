"""A tool that copies images: what it is given, and what a module about one must offer."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from bench.registry import Endpoint

AT_ONCE: Final = 100  # images that a tool copies at once where it can be told; reposync's default


@dataclass(frozen=True, slots=True)
class Job:
    """All tags of some repositories, from one registry to others, under the same names.

    ``repositories`` has the tags of each; ``authority`` is who signed the registries'
    certificates, None where they speak plain HTTP. ``is_one_image`` means that there is one tag.
    """

    repositories: Mapping[str, tuple[str, ...]]
    source: Endpoint
    destinations: tuple[Endpoint, ...]
    authority: Path | None

    @property
    def is_one_image(self) -> bool:
        """Whether one image is all there is to copy."""
        return sum(map(len, self.repositories.values())) == 1


@dataclass(frozen=True, slots=True)
class Tool:
    """How one tool is called.

    ``command_line`` is given the program's path; it writes what the tool must read into a folder,
    which is also its home. ``version_arguments`` make the program tell its version.
    """

    name: str
    program: str
    command_line: Callable[[str, Job, Path], tuple[str, ...]]
    version_arguments: tuple[str, ...]

    def find(self) -> str | None:
        """Return the program's path; None where it is not there."""
        return shutil.which(self.program)


def in_turn(calls: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Write a command line that makes *calls* one after another, until one fails."""
    lines = [shlex.join(call) for call in calls]
    if len(lines) == 1:
        return tuple(shlex.split(lines[0]))
    return ("sh", "-e", "-c", "\n".join(lines))
