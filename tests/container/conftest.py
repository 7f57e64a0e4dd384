"""A place for images and containers that needs no engine and leaves the machine's own alone."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest
from tests.development import ROOT

FOLDER = ROOT / ".dev" / "container"
TOOLS = ("mmdebstrap", "zstd", "buildah", "podman", "runc", "docker-registry")


def missing() -> str:
    if platform.system() != "Linux" or os.geteuid() != 0:
        return "only root on Linux builds an image without an engine"
    if not Path("/etc/apt/sources.list.d/debian.sources").exists():
        return "the stand-in for the base image is made of Debian's packages"
    absent = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"not installed: {', '.join(absent)}" if absent else ""


@pytest.fixture(scope="session")
def tools():
    """The environment in which podman and buildah keep all to a folder of the checkout."""
    if reason := missing():
        pytest.skip(reason)
    FOLDER.mkdir(parents=True, exist_ok=True)
    storage, containers = FOLDER / "storage.conf", FOLDER / "containers.conf"
    storage.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{FOLDER}/root"\nrunroot = "{FOLDER}/run"\n'
    )
    # Inside a container the highest limits cannot be set, which runc tries unless told otherwise.
    containers.write_text(
        '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]\n'
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    )
    return {
        **os.environ,
        "CONTAINERS_STORAGE_CONF": str(storage),
        "CONTAINERS_CONF": str(containers),
        "BUILDAH_ISOLATION": "chroot",
    }
