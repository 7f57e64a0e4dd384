"""The platforms that the image is built for: amd64, which the other tests run, and arm64."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.container.conftest import PYTHON
from tests.container.images import READ_ONLY, build, call, import_base, run
from tests.development import ROOT

pytestmark = [pytest.mark.container, pytest.mark.timeout(1800)]

EMULATION = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
GLIBC = range(17, 42)
"""The second numbers of the versions that wheels may ask for, up to that of the base image."""


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_all_that_is_needed_has_a_wheel(machine, tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = (project["optional-dependencies"][name] for name in ("aws", "gcp", "azure"))
    needed = [*project["dependencies"], *(each for extra in extras for each in extra)]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"manylinux2014_{machine}"]
    options = [word for tag in tags for word in ("--platform", tag)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", *options]
    choice = ["--python-version", PYTHON, "--only-binary", ":all:", "--target", str(tmp_path)]

    ran = subprocess.run([*command, *choice, *needed], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr


def test_the_image_for_arm64_is_built_and_runs(tools):
    if not EMULATION.exists():
        pytest.skip("no program for arm64 runs here: qemu-user-static is not registered")
    import_base(tools, "arm64-slim", "arm64")
    name = build(tools, "localhost/reposync:arm64", "--platform", "linux/arm64", PYTHON="arm64")
    script = "import platform, reposync.wiring.run; print(platform.machine())"
    options = ("--platform", "linux/arm64", "--entrypoint", "python", *READ_ONLY)

    assert call(tools, "podman", "image", "inspect", "--format", "{{.Architecture}}", name) == (
        "arm64\n"
    )
    assert run(tools, name, "-c", script, options=options).stdout == "aarch64\n"
    checked = run(tools, name, "--version", options=("--platform", "linux/arm64", *READ_ONLY))
    assert checked.stdout.startswith("run-reposync "), checked.stderr
