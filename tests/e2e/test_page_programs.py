"""What the pages ask other programs: they are asked it, of what the files of the pages make."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import yaml
from tests import images
from tests.e2e.command import run
from tests.e2e.pages import blocks, commands_of_pages
from tests.unit.cli.filled import fill


def files_of(page):
    return [block.text for block in blocks("yaml") if block.page == page]


def ran(page, program, cwd, *, replace=lambda word: word):
    """Run what a page asks *program*, and give what each call printed."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    return [
        subprocess.run(
            [replace(word) for word in command],
            cwd=cwd,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for block, command in commands_of_pages()
        if block.page == page and command[0] == program
    ]


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not there")
def test_others_read_the_bundle_that_the_page_makes(tmp_path):
    page, sleeper = "how-to/promote/air-gap.md", "itisfoundation/sleeper"
    names = (f"{sleeper}:1.0.0", f"{sleeper}:2.0.1", "library/postgres:16")
    fill(tmp_path / "hub", {name: images.image(name) for name in names})
    file = files_of(page)[0].replace("url: docker.io", 'url: "oci:hub"')
    assert "oci:./bundle" in file
    for text in (file, file.replace("oci:./bundle", "oci:./bundle.tar")):
        done = run("-c", "-", stdin=text, cwd=tmp_path, REPOSYNC_LEDGER="")
        assert (done.returncode, done.stderr.count("copied")) == (0, 3)
    folder, archive = ran(page, "skopeo", tmp_path)
    assert '"Digest": "sha256:' in folder
    assert folder == archive
    if shutil.which("umoci"):
        (listed,) = ran(page, "umoci", tmp_path)
        assert "simcore/services/comp/sleeper:1.0.0" in listed.splitlines()


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not there")
def test_what_is_promoted_has_the_same_digest_on_both_sides(tmp_path):
    page = "how-to/promote/environments.md"
    document = yaml.safe_load(files_of(page)[0])
    registries = document["registries"]
    places = {f"docker://{each['url']}/": f"oci:{key}:" for key, each in registries.items()}
    document["registries"] = {key: {"url": f"oci:{key}"} for key in registries}
    versions = {f"itisfoundation/sleeper:{tag}": images.image(tag) for tag in ("1.0.0", "2.0.1")}
    fill(tmp_path / "dockerhub", versions)
    done = run("-c", "-", stdin=yaml.safe_dump(document), cwd=tmp_path, REPOSYNC_LEDGER="")
    assert done.returncode == 0

    def local(word):
        host = next((host for host in places if word.startswith(host)), "")
        return word.replace(host, places[host]) if host else word

    (master, staging) = ran(page, "skopeo", tmp_path, replace=local)
    assert master == staging
    assert master.startswith("sha256:")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not there")
def test_jq_finds_in_the_report_what_the_page_says(tmp_path):
    page = "how-to/operate/reports.md"
    (report,) = (block.text for block in blocks("json") if block.page == page)
    (tmp_path / "run.json").write_text(report)
    failed, count = ran(page, "jq", tmp_path)
    assert failed == "not found: docker.io/library/postgres:9.9\n"
    assert count == "1\n"


def test_authorities_are_put_together_as_the_page_says(tmp_path):
    own, system = tmp_path / "company-ca.pem", tmp_path / "ca-certificates.crt"
    own.write_text("ours\n")
    system.write_text("theirs\n")

    def local(word):
        return str(system) if word == "/etc/ssl/certs/ca-certificates.crt" else word

    assert ran("how-to/connect/private-ca.md", "cat", tmp_path, replace=local) == ["theirs\nours\n"]
