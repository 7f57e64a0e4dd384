"""Names of tags, by the installed command: between layouts, so that no server has a part in it."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.e2e.command import run
from tests.unit.cli.filled import fill, tags

FILE = """\
registries:
  here: {url: "oci:here"}
  there: {url: "oci:there"}
  other: {url: "oci:other"}
stages:
  - from: {source: here, repository: app}
    to:
      - {destination: there, repository: app, tags: [TAGS], tag: "TEMPLATE"}
      - {destination: other, repository: app}
"""
CHAIN = """\
registries:
  here: {url: "oci:here"}
  there: {url: "oci:there"}
  other: {url: "oci:other"}
stages:
  - id: first
    from: {source: here, repository: app}
    to: [{destination: there, repository: app, tags: [{tag: latest, as: stable}]}]
  - from: {source: there, repository: app}
    to: [{destination: other, repository: app, tags: ["glob: s*"], tag: "prod-{tag}"}]
    depends_on: [first]
"""
TAGS = ("1.2.3", "1.3.0-alpine", "v2.0", "latest")
GRAPHS = {tag: images.image(tag) for tag in TAGS}


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "here", {f"app:{tag}": graph for tag, graph in GRAPHS.items()})
    return tmp_path


def sync(folder, lines, template="{tag}", *arguments):
    text = FILE.replace("TAGS", lines).replace("TEMPLATE", template)
    (folder / "sync.yml").write_text(text)
    return run("-c", "sync.yml", *arguments, cwd=folder, REPOSYNC_LEDGER="")


def test_tags_get_their_names_and_the_next_run_has_nothing_to_do(folder):
    lines = "{tag: latest, as: [edge, main]}, 1.2.3, 'regex: v(?P<v>.+)'"
    first, second = (sync(folder, lines, "{tag}-m") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert second.stdout.splitlines()[-1].startswith("8 up to date ")
    found = tags(folder / "there", "app")
    assert found == {
        "edge": GRAPHS["latest"].digest,
        "main": GRAPHS["latest"].digest,
        "1.2.3-m": GRAPHS["1.2.3"].digest,
        "v2.0-m": GRAPHS["v2.0"].digest,
    }
    assert sorted(tags(folder / "other", "app")) == sorted(TAGS)


@pytest.mark.parametrize(
    ("lines", "template", "place", "why"),
    [
        ("{tag: latest, as: -x}", "{tag}", "8:72: stages[0].to[0].tags[0].as", "is not a tag"),
        (
            "{tag: latest, as: edge}, {tag: 1.2.3, as: [main, edge]}",
            "{tag}",
            "8:103: stages[0].to[0].tags[1].as[1]",
            "of `oci:here:app:1.2.3`, and that of `oci:here:app:latest` in line 8; give one of",
        ),
        ("latest", "{version.mayor}", "8:68: stages[0].to[0].tag", "mean `{version.major}`?"),
        ("latest", "-{tag}", "8:68: stages[0].to[0].tag", "never yields a valid tag"),
        ("'glob: v*'", "{v}", "8:72: stages[0].to[0].tag", "named groups of `regex:` lines"),
    ],
)
def test_a_name_that_is_wrong_in_the_file_is_told_with_its_place(
    folder, lines, template, place, why
):
    done = sync(folder, lines, template)
    assert done.returncode == 2
    assert f"sync.yml:{place}: " in done.stderr
    assert why in done.stderr
    assert not (folder / "other").exists()


def test_a_collision_through_a_template_stops_that_pair_of_repositories_alone(folder):
    done = sync(folder, "'semver: *'", "{version.major}")
    assert done.returncode == 1
    sides = "oci:there:app:1 would get two images, oci:here:app:1.2.3 and oci:here:app:1.3.0-alpine"
    assert f"{sides}, so nothing is copied to oci:there:app" in done.stdout
    assert not (folder / "there").exists()
    assert sorted(tags(folder / "other", "app")) == sorted(TAGS)


def test_a_tag_without_a_version_fails_and_the_others_are_copied(folder):
    done = sync(folder, "1.2.3, latest", "{version.major}.{version.minor}")
    assert done.returncode == 1
    assert "has no name for the tag `latest`: it is not a version" in done.stdout
    assert tags(folder / "there", "app") == {"1.2": GRAPHS["1.2.3"].digest}


def test_a_tag_that_gets_no_name_is_explained(folder):
    sync(folder, "latest", "{version.major}", "--verify-only")
    done = run("explain", "-c", "sync.yml", "stages[0]", "latest", cwd=folder)
    assert "tag: {version.major}  cannot name it: the template" in done.stdout
    assert "oci:here:app:latest -> oci:other:app: is selected" in done.stdout


def test_names_that_a_line_gives_are_explained(folder):
    sync(folder, "{tag: latest, as: [edge, main]}", "{tag}", "--verify-only")
    done = run("explain", "-c", "sync.yml", "stages[0]", "latest", cwd=folder)
    assert done.stdout.startswith(
        "oci:here:app:latest -> oci:there:app:edge, oci:there:app:main: is selected\n"
    )
    assert "{tag: latest, as: [edge, main]}  includes it: it is named, and gets" in done.stdout


def planned(folder, lines, template="{tag}"):
    text = FILE.replace("TAGS", lines).replace("TEMPLATE", template)
    (folder / "sync.yml").write_text(text)
    done = run("plan", "-c", "sync.yml", "-o", "json", "--out", "plan.json", cwd=folder)
    decisions = json.loads(done.stdout)["decisions"]
    there = [each for each in decisions if each["destination"].startswith("oci:there")]
    return done, {each["destination"]: (each["action"], each["source"]) for each in there}


def test_a_plan_has_a_decision_for_each_name_and_apply_sets_them(folder):
    done, decisions = planned(folder, "{tag: latest, as: [edge, main]}, 1.2.3", "{tag}-m")
    assert done.returncode == 0
    assert decisions == {
        "oci:there:app:1.2.3-m": ("copy", "oci:here:app:1.2.3"),
        "oci:there:app:edge": ("copy", "oci:here:app:latest"),
        "oci:there:app:main": ("copy", "oci:here:app:latest"),
    }
    applied = run("apply", "plan.json", "-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER="")
    assert applied.returncode == 0, applied.stdout
    assert sorted(tags(folder / "there", "app")) == ["1.2.3-m", "edge", "main"]


def test_what_gets_no_name_is_an_error_of_the_plan_and_is_not_applied(folder):
    done, decisions = planned(folder, "1.2.3, latest", "{version.major}")
    assert done.returncode == 1
    assert decisions == {
        "oci:there:app": ("error", "oci:here:app:latest"),
        "oci:there:app:1": ("copy", "oci:here:app:1.2.3"),
    }
    applied = run("apply", "plan.json", "-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER="")
    assert applied.returncode == 1
    assert "not decided: the template `{version.major}` has no name" in applied.stdout
    assert sorted(tags(folder / "there", "app")) == ["1"]


def test_a_collision_is_an_error_of_the_plan_and_nothing_is_applied_there(folder):
    done, decisions = planned(folder, "'semver: *'", "{version.major}")
    assert done.returncode == 1
    assert decisions == {"oci:there:app:1": ("error", "oci:here:app:1.3.0-alpine")}
    applied = run("apply", "plan.json", "-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER="")
    assert applied.returncode == 1
    assert "would get two images" in applied.stdout
    assert not (folder / "there").exists()


def test_a_plan_sees_the_names_that_an_earlier_stage_will_give(folder):
    fill(folder / "there", {"app:old": GRAPHS["v2.0"]})
    (folder / "sync.yml").write_text(CHAIN)
    done = run("plan", "-c", "sync.yml", "-o", "json", cwd=folder)
    assert done.returncode == 0, done.stdout
    decisions = json.loads(done.stdout)["decisions"]
    sides = [(each["source"], each["destination"], each["digest"]) for each in decisions]
    digest = GRAPHS["latest"].digest
    assert sides == [
        ("oci:here:app:latest", "oci:there:app:stable", digest),
        ("oci:there:app:stable", "oci:other:app:prod-stable", digest),
    ]
