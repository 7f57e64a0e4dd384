"""The summary of a job on GitHub: what a run adds to it, and that a run never fails by it."""

from __future__ import annotations

import pytest

from reposync.cli.main import call
from reposync.cli.step_summary import MOST_BYTES, fitting

FILE = """
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
stages:
  - id: all
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0", "1.1"]}]
"""
CUT = "\nThe rest is not shown: GitHub takes no more than 1 MiB.\n"


@pytest.fixture
def place(workplace, monkeypatch):
    (workplace / "sync.yml").write_text(FILE)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(workplace / "summary"))
    return workplace


def test_a_run_adds_its_report_to_the_summary_of_the_job(place):
    assert call(["-c", "sync.yml"]) == 0
    text = (place / "summary").read_text()
    assert text.startswith("# reposync\n")
    assert "2 copied" in text


def test_what_stands_in_the_summary_stays_and_the_report_begins_a_paragraph(place):
    (place / "summary").write_text("another step's **word**")
    assert call(["-c", "sync.yml"]) == 0
    assert call(["-c", "sync.yml"]) == 0
    text = (place / "summary").read_text()
    assert text.startswith("another step's **word**\n# reposync\n")
    assert "2 copied" in text
    assert "\n\n# reposync\n" in text
    assert "2 up to date" in text


def test_the_summary_says_the_same_as_a_report_in_markdown(place):
    assert call(["-c", "sync.yml", "--report", "run.md"]) == 0
    assert (place / "summary").read_text() == (place / "run.md").read_text()


def test_a_run_that_failed_says_so_in_the_summary(place):
    (place / "sync.yml").write_text(FILE.replace('"1.1"', '"9.9"'))
    assert call(["-c", "sync.yml"]) == 1
    assert "**not found**" in (place / "summary").read_text()


def test_a_run_that_an_error_ended_says_so_in_the_summary(place):
    assert call(["-c", "sync.yml", "--only", "nothing/at-all"]) == 1
    assert "The run ended early" in (place / "summary").read_text()


def test_checking_a_file_adds_nothing(place):
    assert call(["-c", "sync.yml", "--verify-only"]) == 0
    assert not (place / "summary").exists()


def test_a_variable_that_is_empty_asks_for_no_summary(place, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    assert call(["-c", "sync.yml"]) == 0
    assert not (place / "summary").exists()


def test_a_summary_that_cannot_be_written_is_a_warning_and_the_run_a_success(place, capsys):
    (place / "summary").mkdir()
    assert call(["-c", "sync.yml"]) == 0
    told = f"the step summary {place / 'summary'} cannot be written: is a directory\n"
    assert told in capsys.readouterr().err


def test_a_summary_that_is_full_stays_as_it_is(place, capsys):
    full = "x" * (MOST_BYTES - 40)
    (place / "summary").write_text(full)
    assert call(["-c", "sync.yml"]) == 0
    assert (place / "summary").read_text() == full
    assert "cannot be written: file too large" in capsys.readouterr().err


def test_the_summary_never_grows_beyond_what_github_takes(place):
    taken = "x" * (MOST_BYTES - 150)
    (place / "summary").write_text(taken)
    assert call(["-c", "sync.yml"]) == 0
    added = (place / "summary").read_text().removeprefix(taken)
    assert added.startswith("\n# reposync\n")
    assert added.endswith(CUT)
    assert (place / "summary").stat().st_size <= MOST_BYTES


def test_a_text_is_cut_at_the_last_line_that_has_room():
    lines, first = ["erste Zeile\n", "zweite, länger\n", "dritte, äöü\n" * 9], len("erste Zeile\n")
    least = first + len(CUT)
    assert fitting(lines, least).decode() == lines[0] + CUT
    assert fitting(lines, least + len("zweite, länger\n")).decode() == lines[0] + CUT
    assert fitting(lines, least + len("zweite, länger\n") + 1).decode() == lines[0] + lines[1] + CUT
    with pytest.raises(OSError, match="File too large"):
        fitting(lines, least - 1)


def test_a_text_that_fits_is_not_cut():
    assert fitting(["a\n", "ü\n"], 5) == "a\nü\n".encode()
