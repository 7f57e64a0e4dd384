from __future__ import annotations

import json

import pytest

from reposync.cli.main import call

FILE = """
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
stages:
  - id: all
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0", "1.1"]}]
"""


@pytest.fixture
def place(workplace):
    (workplace / "sync.yml").write_text(FILE)
    return workplace


def statuses(path):
    return [image["status"] for image in json.loads(path.read_text())["images"]]


def test_reports_are_written_by_as_many_options_as_there_are(place):
    assert call(["-c", "sync.yml", "--report", "a.json", "--report", "b.md"]) == 0
    assert statuses(place / "a.json") == ["copied", "copied"]
    assert "2 copied" in (place / "b.md").read_text()


def test_the_variable_holds_several_names_as_path_does(place, monkeypatch):
    monkeypatch.setenv("REPOSYNC_REPORT", "a b.json:c.xml")
    assert call(["-c", "sync.yml"]) == 0
    assert statuses(place / "a b.json") == ["copied", "copied"]
    assert (place / "c.xml").exists()


def test_a_variable_that_is_empty_asks_for_no_report(place, monkeypatch):
    monkeypatch.setenv("REPOSYNC_REPORT", "")
    before = set(place.iterdir())
    assert call(["-c", "sync.yml"]) == 0
    assert set(place.iterdir()) - before == {place / "there"}


@pytest.mark.parametrize("name", ["-", "run", "run.txt", "json", "run.json.gz"])
def test_another_suffix_is_a_wrong_call_that_lists_those_there_are(place, capsys, name):
    assert call(["-c", "sync.yml", "--report", name]) == 2
    errors = " ".join(capsys.readouterr().err.split())
    assert f"{name!r} is no report; its name ends in .json, .xml (JUnit) or .md" in errors
    assert not (place / "there").exists()


def test_a_report_that_has_no_folder_is_a_wrong_call_that_does_nothing(place, capsys):
    assert call(["-c", "sync.yml", "--report", "no/run.json"]) == 2
    errors = " ".join(capsys.readouterr().err.split())
    assert "the report no/run.json cannot be written: no such file or directory" in errors
    assert "nothing was done" in errors
    assert not (place / "there").exists()


@pytest.mark.usefixtures("place")
def test_a_report_is_written_of_a_run_that_an_error_ended():
    assert call(["-c", "sync.yml", "--only", "nothing/at-all", "--report", "run.json"]) == 1
    with open("run.json", encoding="utf-8") as file:  # noqa: PTH123 -- in the test's folder
        document = json.load(file)
    assert document["error"]["message"] == "nothing that the file asks for is nothing/at-all"


def test_checking_a_file_writes_no_report(place):
    assert call(["-c", "sync.yml", "--verify-only", "--report", "run.json"]) == 0
    assert not (place / "run.json").exists()
