"""Programs that tests need: found, or installed by Debian's own means, or the tests skip."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_PACKAGES = {
    "docker-registry": "docker-registry",
    "skopeo": "skopeo",
    "umoci": "umoci",
    "nginx": "nginx-light",
    "nft": "nftables",
    "ip": "iproute2",
    "tmux": "tmux",
}
_INSTALL_LIMIT_S = 300


def require(program: str) -> str:
    """Return the path of *program*, installed now where it was missing and can be.

    Raises:
        Skipped: It is not there, and cannot be installed; the test that needs it is skipped.
    """
    if program not in _PACKAGES:
        if (found := shutil.which(program)) is None:
            pytest.skip(f"{program} is not on the PATH, and is in no package")
        return found
    found = shutil.which(program) or _installed(program)
    if found is None:
        pytest.skip(f"{program} is not installed, and apt-get, as root, could not install it")
    return found


def _installed(program: str) -> str | None:
    apt_get = shutil.which("apt-get")
    if apt_get is None or os.geteuid() != 0:
        return None
    lock = Path(tempfile.gettempdir()) / "reposync-tests-apt.lock"
    with lock.open("w") as held:
        # Several test processes may find it missing at once; apt-get lets in one.
        fcntl.flock(held, fcntl.LOCK_EX)
        if shutil.which(program) is None:
            _install(apt_get, _PACKAGES[program])
    return shutil.which(program)


def _install(apt_get: str, package: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(
            [apt_get, *arguments],
            env=environment,
            check=False,
            capture_output=True,
            timeout=_INSTALL_LIMIT_S,
        )
