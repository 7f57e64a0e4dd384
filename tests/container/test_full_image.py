"""The container image with all that can be chosen: skopeo, and the libraries of clouds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.container.images import READ_ONLY, call, run
from tests.development import ROOT

pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]


def test_skopeo_moves_the_images_where_the_file_says_so(tools, full_image, registries, tmp_path):
    cfg = registries.run("dev.registries", "config").stdout.strip()
    file = tmp_path / "cfg.yaml"
    file.write_text("relay: skopeo\n" + Path(ROOT, cfg).read_text())
    volume = ("--volume", f"{file}:/etc/cfg.yaml:ro", "--tmpfs", "/tmp")
    options = (*READ_ONLY, *volume, "--env-file", str(ROOT / ".env.example"))

    ran = run(tools, full_image, options=options)

    assert ran.returncode == 0, ran.stderr
    compared = registries.run("dev.digests", cfg)
    assert compared.returncode == 0, compared.stdout


def test_the_libraries_of_clouds_are_there(tools, full_image):
    script = "import botocore.session, google.auth.transport.requests, azure.identity; print('all')"

    ran = run(tools, full_image, "-c", script, options=(*READ_ONLY, "--entrypoint", "python"))

    assert ran.stdout == "all\n", ran.stderr


def test_no_lists_of_packages_and_no_logs_are_left(tools, full_image):
    script = "find /var/lib/apt/lists /var/cache/apt /var/log -type f"
    options = ("--user", "0", "--entrypoint", "sh")

    assert run(tools, full_image, "-c", script, options=options).stdout == ""


def test_a_choice_that_there_is_not_ends_the_build(tools, full_image):
    del full_image
    command = ("buildah", "build", "--build-arg", "SKOPEO=yes", "--quiet", str(ROOT))
    with pytest.raises(AssertionError, match="SKOPEO is true or false, not yes"):
        call(tools, *command)
