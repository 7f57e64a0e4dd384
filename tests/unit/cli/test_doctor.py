"""``run-reposync doctor``: which registry is meant, what is printed, and the exit code."""

from __future__ import annotations

import json

import pytest
from dev.doctor_schema import meanings
from tests import images
from tests.development import ROOT
from tests.unit.cli.filled import fill

from reposync.cli.main import call
from reposync.doctor.fields import Report

PAGE = (ROOT / "docs/how-to/connect/doctor.md").read_text(encoding="utf-8")
FILE = """\
registries:
  bundle: {url: "oci:bundle"}
  nowhere: {url: "http://127.0.0.1:1"}
  other: {url: "127.0.0.1:2", env_user: NO_SUCH_USER, env_password: NO_SUCH_PASSWORD}
stages:
  - from: {source: bundle, repository: team/app}
    to: [{destination: other, repository: app}]
"""


@pytest.fixture
def folder(workplace):
    (workplace / "cfg.yml").write_text(FILE)
    fill(workplace / "bundle", {"team/app:1.0": images.image("1.0")})
    return workplace


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("target", [("-c", "cfg.yml", "bundle"), ("oci:bundle",)])
def test_a_layout_gets_a_short_answer(capsys, target):
    assert call(["doctor", *target]) == 0
    assert capsys.readouterr().out == (
        "oci:bundle\n\n"
        "reachable            yes: the layout can be read\n"
        "layout               a directory with 1 repository: its index\n"
        "authentication       none: a layout on this machine\n"
        "HEAD of manifests    yes: a layout on this machine\n"
        "referrers API        yes: a layout on this machine\n"
        "catalog              yes: a layout on this machine\n"
        "tag list             yes: a layout on this machine\n"
        "counts pulls         no: a layout on this machine\n"
    )


@pytest.mark.usefixtures("folder")
def test_a_layout_that_is_not_there_is_exit_1_and_is_not_made(folder, capsys):
    assert call(["doctor", "oci:absent", "-o", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["host"], report["reachable"]) == ("oci:absent", False)
    assert "absent" in report["error"]["message"]
    assert not (folder / "absent").exists()


@pytest.mark.usefixtures("folder")
def test_a_key_is_asked_though_variables_of_other_registries_are_not_set(capsys):
    assert call(["doctor", "-c", "cfg.yml", "nowhere"]) == 1
    written = capsys.readouterr()
    assert written.out.startswith("127.0.0.1:1\n\nreachable            no: ")
    assert "hint" not in written.err


@pytest.mark.usefixtures("folder")
def test_a_host_is_asked_though_a_file_is_named(capsys, monkeypatch):
    monkeypatch.setenv("REPOSYNC_CONFIG", "cfg.yml")
    assert call(["doctor", "http://127.0.0.1:1", "-o", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["host"] == "127.0.0.1:1"


def test_the_file_of_the_variable_need_not_be_there_for_a_host(workplace, capsys, monkeypatch):
    monkeypatch.setenv("REPOSYNC_CONFIG", str(workplace / "absent.yml"))
    assert call(["doctor", "http://127.0.0.1:1"]) == 1
    assert capsys.readouterr().out.startswith("127.0.0.1:1\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-c", "cfg.yml", "bundel"), "there is no registry `bundel` in the file; did you mean"),
        (("-c", "cfg.yml", "zz"), "there are: `bundle`, `nowhere`, `other`"),
        (("hub",), "'hub' is no host; write https://hub, or name the file in which it is a key"),
        (("ftp://a.example",), "is neither https nor http"),
        (("a.example:99999",), "is not a registry's host"),
        (("user:secret@a.example",), "is not a registry's host"),
        (("a.example", "--repository", "Team/App"), "'Team/App' is not a repository name"),
        (("a.example", "--write", "a:b"), "'a:b' is not a repository name"),
        (("oci:bundle", "--write", "a"), "is a layout, of which nothing more is asked"),
        (("oci:~/bundle",), "begins with a `~`"),
        (("a.example", "-o", "xml"), "'xml' is not one of 'table', 'json'"),
        ((), "Missing argument 'HOST|KEY'."),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_2(capsys, arguments, sentence):
    assert call(["doctor", *arguments]) == 2
    written = capsys.readouterr()
    assert sentence in written.err.splitlines()[-1]
    assert written.out == ""


def test_help_fits_a_screen(capsys):
    assert call(["doctor", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 23  # and the prompt below them
    assert max(map(len, lines)) <= 80


def test_the_schema_says_what_each_field_means():
    assert set(meanings()) == set(Report.__struct_fields__)


@pytest.mark.parametrize("name", Report.__struct_fields__)
def test_the_page_names_each_field(name):
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in row for row in rows)
