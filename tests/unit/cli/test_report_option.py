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


def test_metrics_keep_the_last_success_of_a_stage_from_the_file_that_they_replace(place):
    succeeded = 'reposync_last_success_timestamp_seconds{stage="all"} '
    assert call(["-c", "sync.yml", "--report", "run.prom"]) == 0
    first = (place / "run.prom").read_text()
    (place / "sync.yml").write_text(FILE.replace('"1.1"', '"9.9"'))
    assert call(["-c", "sync.yml", "--report", "run.prom"]) == 1
    second = (place / "run.prom").read_text()
    (moment,) = [line for line in first.splitlines() if line.startswith(succeeded)]
    assert moment in second.splitlines()
    assert not moment.endswith(" 0")
    assert 'reposync_run_failed{stage="all"} 1' in second.splitlines()


@pytest.mark.parametrize(
    ("option", "expected"), [("--stage", ["all"]), ("--only", ["all", "other"])]
)
def test_metrics_are_of_the_stages_that_the_run_is_for(place, option, expected):
    other = FILE.partition("stages:\n")[2].replace("all", "other").replace("app,", "other,")
    (place / "sync.yml").write_text(FILE + other)
    value = {"--stage": "all", "--only": "team/app:1.0"}[option]
    assert call(["-c", "sync.yml", option, value, "--report", "run.prom"]) == 0
    lines = (place / "run.prom").read_text().splitlines()
    found = [line for line in lines if line.startswith("reposync_run_failed{")]
    assert found == [f'reposync_run_failed{{stage="{name}"}} 0' for name in expected]
    never = 'reposync_last_success_timestamp_seconds{stage="all"} 0'
    assert (never in lines) is (option == "--only")


def test_the_copy_command_writes_every_kind_of_report(place):
    reports = [f"run.{suffix}" for suffix in ("json", "xml", "md", "html", "prom")]
    options = [word for name in reports for word in ("--report", name)]
    assert call(["copy", "oci:source:team/app:1.0", "oci:there:app:1.0", *options]) == 0
    assert all((place / name).stat().st_size for name in reports)
    assert 'stage="copy",result="copied"} 1' in (place / "run.prom").read_text()


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
    endings = ".json, .xml (JUnit), .md (Markdown), .html or .prom (Prometheus)"
    assert f"{name!r} is no report; its name ends in {endings}." in errors
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
