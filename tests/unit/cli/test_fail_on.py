"""``fail_on``: what is no failure by itself, and makes the exit code another where it is named."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.unit.cli.filled import fill, tags

from reposync.cli.main import call

HEAD = """
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
"""
EMPTY = """
  - from: {source: source, repository: team/app}
    to: [{destination: there, repository: none, tags: ["glob: zzz*"]}]
"""
SKIPPED = """
  - from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0"], platforms: [windows/amd64]}]
"""
FAILED = """
  - from: {source: source, repository: team/app}
    to: [{destination: there, repository: missing, tags: ["9.9"]}]
"""


def run(stages, fail_on, *arguments):
    with open("sync.yml", "w", encoding="utf-8") as file:  # noqa: PTH123 -- in the test's folder
        file.write(f"{HEAD}fail_on: {fail_on}\nstages:{stages}")
    return call(["-c", "sync.yml", "--log-level", "error", *arguments])


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(
    ("stages", "fail_on", "code", "reason"),
    [
        (EMPTY, "[]", 0, ""),
        (EMPTY, "[skipped]", 0, ""),
        (EMPTY, "[empty]", 4, "1 empty"),
        (SKIPPED, "[]", 0, ""),
        (SKIPPED, "[empty]", 0, ""),
        (SKIPPED, "[skipped]", 4, "1 skipped"),
        (EMPTY + SKIPPED, "[empty, skipped]", 4, "1 empty, 1 skipped"),
        (EMPTY + SKIPPED, "[skipped]", 4, "1 skipped"),
    ],
)
def test_what_fail_on_names_is_exit_4_and_said(capsys, stages, fail_on, code, reason):
    assert run(stages, fail_on) == code
    said = f"the file's fail_on does not let this pass: {reason}\n" if reason else ""
    assert capsys.readouterr().err == said


@pytest.mark.usefixtures("workplace")
def test_a_failure_goes_before_what_fail_on_names(capsys):
    assert run(EMPTY + SKIPPED + FAILED, "[empty, skipped]") == 1
    output, errors = capsys.readouterr()
    assert "fail_on" not in errors
    assert "\nempty: " in output
    assert "\nskipped: " in output
    assert "\nfailed: " in output


@pytest.mark.usefixtures("workplace")
def test_what_fail_on_names_is_a_json_line_where_the_log_is(capsys):
    assert run(SKIPPED, "[skipped]", "--log-format", "json") == 4
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["skipped"]) == ("not_allowed", "error", 1)


def test_a_tag_that_may_not_move_is_skipped_with_its_reason(workplace, capsys):
    stages = """
  - from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["semver: 1.x"], immutable: ["1.*"]}]
"""
    assert run(stages, "[skipped]") == 0
    before = tags(workplace / "there", "app")
    moved = {"team/app:1.0": images.image("new 1.0"), "team/app:1.1": images.image("new 1.1")}
    fill(workplace / "source", moved)
    capsys.readouterr()
    assert run(stages, "[skipped]") == 4
    output, errors = capsys.readouterr()
    assert (
        "skipped: 2 images, oci:source:team/app -> oci:there:app: "
        "the tag names another image there, and is immutable\n"
    ) in output
    assert errors.endswith("does not let this pass: 2 skipped\n")
    assert tags(workplace / "there", "app") == before
