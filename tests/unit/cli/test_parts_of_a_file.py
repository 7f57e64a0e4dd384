"""``--stage`` and ``--only``: a part of a file is run, and a part that is not there is told."""

from __future__ import annotations

import pytest
from tests import images
from tests.unit.cli.filled import fill, tags

from reposync.cli.main import call

FILE = """
registries:
  source: {url: "oci:source"}
  first: {url: "oci:first"}
  second: {url: "oci:second"}
stages:
  - id: mirror
    from: {source: source, repository: team/*, exclude: ["*/*-test"]}
    to: [{destination: first, repository: "{repository}"}]
  - id: promote
    from: {source: first, repository: team/app}
    to: [{destination: second, repository: app, tags: ["1.0", "2.0"]}]
    depends_on: [mirror]
  - from: {source: source, repository: team/web}
    to: [{destination: second, repository: web}]
"""


@pytest.fixture
def folder(workplace):
    (workplace / "sync.yml").write_text(FILE)
    return workplace


def names(folder, layout):
    return {name for name in ("team/app", "team/web", "app", "web") if tags(folder / layout, name)}


def run(*arguments):
    return call(["-c", "sync.yml", "--log-level", "warning", *arguments])


def test_one_stage_is_run_alone(folder):
    assert run("--stage", "mirror") == 0
    assert names(folder, "first") == {"team/app", "team/web"}
    assert not (folder / "second").exists()


def test_a_stage_without_an_id_is_named_by_its_place(folder):
    assert run("--stage", "stages[2]") == 0
    assert names(folder, "second") == {"web"}


def test_several_stages_are_named_one_by_one(folder):
    assert run("--stage", "stages[2]", "--stage", "mirror") == 0
    assert names(folder, "first") == {"team/app", "team/web"}
    assert names(folder, "second") == {"web"}


def test_several_stages_are_named_in_the_environment_with_spaces_between(folder, monkeypatch):
    monkeypatch.setenv("REPOSYNC_STAGE", "mirror stages[2]")
    assert run() == 0
    assert names(folder, "first") == {"team/app", "team/web"}
    assert names(folder, "second") == {"web"}


def test_stages_that_are_run_still_wait_for_one_another(folder):
    assert run("--stage", "promote", "--stage", "mirror") == 0
    assert set(tags(folder / "second", "app")) == {"1.0", "2.0"}


def test_a_stage_does_not_wait_for_one_that_is_left_out(folder):
    fill(folder / "first", {"team/app:1.0": images.image("a"), "team/app:2.0": images.image("b")})
    assert run("--stage", "promote") == 0
    assert tags(folder / "second", "app")["1.0"] == images.image("a").digest
    assert names(folder, "first") == {"team/app"}


@pytest.mark.parametrize("more", [(), ("--verify-only",)], ids=["run", "verify"])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mirrro", "there is no stage `mirrro`; did you mean `mirror`?"),
        ("zzz", "there is no stage `zzz`; there are: `mirror`, `promote`, `stages[2]`"),
    ],
)
def test_a_stage_that_is_not_there_is_a_wrong_call(folder, capsys, name, sentence, more):
    assert run("--stage", "mirror", "--stage", name, *more) == 2
    output, errors = capsys.readouterr()
    assert errors.endswith(f"\nError: {sentence}\n")
    assert output == ""
    assert not (folder / "first").exists()


@pytest.mark.parametrize(
    ("pattern", "copied"),
    [
        ("team/app", {"team/app": {"1.0", "1.1", "2.0"}}),
        ("team/app:1.*", {"team/app": {"1.0", "1.1"}}),
        ("**:1.0", {"team/app": {"1.0"}, "team/web": {"1.0"}}),
        ("team/w*", {"team/web": {"1.0"}}),
    ],
)
def test_only_what_the_pattern_means_is_copied(folder, pattern, copied):
    assert run("--stage", "mirror", "--only", pattern) == 0
    there = {name: set(tags(folder / "first", name)) for name in ("team/app", "team/web")}
    assert {name: found for name, found in there.items() if found} == copied


def test_the_environment_names_what_alone_is_copied(folder, monkeypatch):
    monkeypatch.setenv("REPOSYNC_ONLY", "team/app:1.1")
    assert run("--stage", "mirror") == 0
    assert set(tags(folder / "first", "team/app")) == {"1.1"}


@pytest.mark.parametrize("pattern", ["team/nothing", "team/app:9*", "team/old-test"])
def test_a_pattern_that_means_nothing_of_the_file_is_told_and_fails(folder, capsys, pattern):
    assert run("--only", pattern) == 1
    output, errors = capsys.readouterr()
    assert errors == (
        f"nothing that the file asks for is {pattern}; "
        "--only wants the name of a repository at its source, or repository:tag\n"
    )
    assert "no images in" in output
    assert not (folder / "second").exists()


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("regex: team/.*", "--only: `regex: team/.*` is a regular expression"),
        (":1.0", "--only: `:1.0` names only one side of the `:`"),
        ("team/app:", "names only one side of the `:`"),
        ("", "--only: the pattern is empty"),
        ("team//app", "--only: "),
        ("team/[", "--only: "),
    ],
)
def test_a_wrong_pattern_is_a_wrong_call(folder, capsys, pattern, words):
    assert run("--only", pattern) == 2
    output, errors = capsys.readouterr()
    assert words in errors.splitlines()[-1]
    assert output == ""
    assert not (folder / "first").exists()


def test_an_empty_destination_of_a_part_is_nothing_to_tell(folder, capsys):
    (folder / "sync.yml").write_text(FILE.replace("stages:", "fail_on: [empty]\nstages:", 1))
    assert run("--stage", "mirror", "--only", "team/app") == 0
    assert "empty:" not in capsys.readouterr().out
