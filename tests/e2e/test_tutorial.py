"""The tutorial: its commands run as they stand, and say what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.development import ROOT, development_set

TUTORIAL = ROOT / "docs" / "tutorial" / "first-sync.md"
BLOCK = re.compile(r"^```(bash|yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = re.compile(r"[0-9.]+ m?s\b|sha256:[0-9a-f]+")
DEFAULT_PORTS = {"source": 5080, "master": 5081, "staging": 5082, "aws": 5083}


@pytest.fixture
def checkout(tmp_path):
    """A folder with all of the checkout in it, in which the tutorial may leave files.

    Its environment is the one that runs the tests, with the word of `make` that it is current.
    """
    folder = tmp_path / "checkout"
    environment = folder / ".venv"
    environment.mkdir(parents=True)
    for name in ("Makefile", "dev", "pyproject.toml", "src", "tests"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".dev-installed").touch()
    registries = development_set(tmp_path / "state", "memory")
    yield folder, registries
    registries.run("dev.registries", "stop")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")
def test_every_command_of_the_tutorial_prints_what_it_says(checkout):
    folder, registries = checkout
    text = TUTORIAL.read_text()
    for name, port in DEFAULT_PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{registries.port(name)}")
    blocks = BLOCK.findall(text)

    script, expected = "set -euo pipefail\n", []
    for kind, content in blocks:
        if kind == "yaml":
            script += f"cat > first.yml <<'EOF'\n{content}EOF\n"
        elif kind == "bash":
            script += content
        else:
            expected.append(content)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**registries.environ, "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    printed = comparable(ran.stdout)
    for content in expected:
        assert comparable(content) <= printed


def comparable(text: str) -> set[str]:
    """Lines without what differs from place to place: times, the zlib behind digests, the means."""
    lines = (VARIES.sub("", line).replace("debian", "memory") for line in text.splitlines())
    return {" ".join(line.split()) for line in lines}
