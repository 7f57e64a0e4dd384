"""A place for images and containers that needs no engine and leaves the machine's own alone."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest
from tests.container.images import FOLDER, build, call, import_base
from tests.development import development_set

import reposync

TOOLS = ("mmdebstrap", "zstd", "buildah", "podman", "runc", "docker-registry")
NETWORKS = Path("/usr/lib/podman/netavark")
PYTHON = "3.13"


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
    # A network of its own, beside the one that the machine's podman may have left behind.
    # Inside a container the highest limits cannot be set, which runc tries unless told otherwise.
    containers.write_text(
        '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]\n'
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'[network]\ndefault_subnet = "10.97.0.0/24"\nnetwork_config_dir = "{FOLDER}/networks"\n'
        + ('network_backend = "netavark"\n' if NETWORKS.exists() else "")
    )
    environ = {
        **os.environ,
        "CONTAINERS_STORAGE_CONF": str(storage),
        "CONTAINERS_CONF": str(containers),
        "BUILDAH_ISOLATION": "chroot",
    }
    yield environ
    call(environ, "podman", "image", "rm", "--all", "--force")


@pytest.fixture(scope="session")
def base(tools):
    """What stands in for the base image."""
    return import_base(tools, f"{PYTHON}-slim")


@pytest.fixture(scope="session")
def image(tools, base):
    """The image as it is built by default."""
    del base
    arguments = {
        "VERSION": reposync.__version__,
        "REVISION": "1" * 40,
        "CREATED": "2026-01-02T03:04:05Z",
    }
    return build(tools, "localhost/reposync:test", **arguments)


@pytest.fixture(scope="session")
def full_image(tools, image):
    """The image with all that can be chosen."""
    del image
    return build(tools, "localhost/reposync:full", SKOPEO="true", EXTRAS="aws,gcp,azure")


@pytest.fixture
def registries(tmp_path):
    """Development registries of the test's own, started."""
    chosen = development_set(tmp_path / "state", "debian")
    started = chosen.run("dev.registries", "start")
    assert started.returncode == 0, started.stderr
    yield chosen
    chosen.run("dev.registries", "stop")
