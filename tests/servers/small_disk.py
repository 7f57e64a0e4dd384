"""A disk of a few megabytes: it can be filled, and made larger while it is in use."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system in memory, mounted at ``directory``."""

    directory: Path

    def resize(self, size_bytes: int) -> None:
        """Make it *size_bytes* large; what is on it stays."""
        _run("mount", "-o", f"remount,size={size_bytes}", str(self.directory))

    @property
    def free_bytes(self) -> int:
        """How much can still be written."""
        return shutil.disk_usage(self.directory).free


@contextmanager
def small_disk(directory: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a disk at *directory*, which is made, as long as the block lasts.

    Raises:
        Skipped: This user may not mount anything here.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    directory.mkdir()
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "reposync", str(directory))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here, though this is root")
    try:
        yield SmallDisk(directory)
    finally:
        _run("umount", str(directory))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
