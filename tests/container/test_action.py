"""The action for GitHub, both steps of it: what it installs comes from the package index."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml
from tests.development import ROOT

pytestmark = [pytest.mark.container, pytest.mark.timeout(600)]


def test_the_action_installs_itself_and_runs(tmp_path):
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("REPOSYNC_")},
        "GITHUB_ACTION_PATH": str(ROOT),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "EXTRAS": "aws",
        "PYTHON": sys.executable,
        "REPOSYNC_CONFIG": str(ROOT / "dev" / "dev-sync-cfg.yml"),
        "REPOSYNC_VERIFY_ONLY": "true",
        "ARGS": "",
    }

    for number, step in enumerate(
        yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    ):
        script = tmp_path / f"{number}.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        ran = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr

    assert "dev-sync-cfg.yml is valid" in ran.stdout
    python = tmp_path / "temp" / "reposync" / "bin" / "python"
    subprocess.run([python, "-c", "import botocore"], check=True)
