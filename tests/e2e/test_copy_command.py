"""``run-reposync copy``: one image or one repository, without a file."""

from __future__ import annotations

import pytest
from tests import images
from tests.e2e.command import run
from tests.integration.sites import publish
from tests.layouts import digest_of
from tests.layouts import skopeo as on_layouts
from tests.servers.skopeo import skopeo_digest, skopeo_tags

from reposync.oci.referrers import cosign_tags

INDEX = images.multi_platform("copied")
OTHER = images.image("other")
SIGNATURE = images.artifact("signature")


@pytest.fixture(scope="module")
def team(plain_registry):
    """A repository with two tags and a signature of one of them."""
    publish(plain_registry.url, "copy/team", [INDEX], "1.0")
    publish(plain_registry.url, "copy/team", [OTHER], "2.0")
    publish(plain_registry.url, "copy/team", [SIGNATURE], cosign_tags(INDEX.digest)[0])
    return f"{plain_registry.host}/copy/team"


def test_an_image_is_copied_whole_with_its_signature(team, plain_registry):
    there = f"{plain_registry.host}/copy/one"
    done = run("copy", f"{team}:1.0", there)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert sorted(skopeo_tags(there)) == sorted(["1.0", cosign_tags(INDEX.digest)[0]])
    assert skopeo_digest(f"{there}:1.0") == INDEX.digest


def test_a_second_copy_finds_everything_up_to_date(team, plain_registry):
    call = ("copy", f"{team}:1.0", f"{plain_registry.host}/copy/twice:stable")
    assert run(*call).returncode == 0
    done = run(*call)
    assert done.returncode == 0
    assert "1 up to date" in done.stdout


def test_all_tags_of_a_repository_are_copied(team, plain_registry):
    there = f"{plain_registry.host}/copy/all"
    assert run("copy", "--all-tags", team, there).returncode == 0
    assert sorted(skopeo_tags(there)) == sorted(skopeo_tags(team))


def test_a_layout_that_was_written_is_read_by_skopeo_and_by_us(team, plain_registry, tmp_path):
    bundle = f"oci:{tmp_path}/bundle"
    assert run("copy", f"{team}:1.0", f"{bundle}:stable").returncode == 0
    assert digest_of(f"{bundle}:stable") == INDEX.digest
    there = f"{plain_registry.host}/copy/back"
    assert run("copy", f"{bundle}:stable", there).returncode == 0
    assert skopeo_digest(f"{there}:stable") == INDEX.digest


def test_a_layout_that_skopeo_wrote_is_a_source(team, plain_registry, tmp_path):
    bundle = f"oci:{tmp_path}/theirs"
    on_layouts("copy", "--all", "--preserve-digests", "--src-tls-verify=false",
               f"docker://{team}:1.0", f"{bundle}:1.0")  # fmt: skip
    there = f"{plain_registry.host}/copy/theirs"
    assert run("copy", f"{bundle}:1.0", there).returncode == 0
    assert skopeo_digest(f"{there}:1.0") == INDEX.digest


def test_one_platform_is_copied_alone(team, plain_registry):
    there = f"{plain_registry.host}/copy/platform"
    assert run("copy", "--platform", "linux/amd64", f"{team}:1.0", there).returncode == 0
    assert skopeo_digest(f"{there}:1.0") != INDEX.digest


@pytest.mark.parametrize("missing", ["copy/team:9.9", "copy/nowhere:1.0"])
@pytest.mark.usefixtures("team")
def test_a_source_that_is_missing_is_exit_code_1(plain_registry, missing):
    done = run("copy", f"{plain_registry.host}/{missing}", f"{plain_registry.host}/copy/none")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["localhost:1/App:1", "localhost:1/app"], "'App' is not a repository name"),
        (["localhost:1/app:1", "localhost:1/app"], "source and destination are both"),
        (["--all-tags", "localhost:1/app:1", "localhost:1/b"], "names one image"),
        (["localhost:1/app:1"], "Missing argument 'DST'"),
        (["--platform", "amd64", "localhost:1/app", "localhost:1/b"], "platform"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_code_2(arguments, told):
    done = run("copy", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_plain_http_to_another_machine_needs_to_be_asked_for(team):
    done = run("copy", f"{team}:1.0", "http://localhost:1/copy/nowhere", "--no-progress")
    assert done.returncode == 1
    assert "localhost:1" in done.stdout + done.stderr
