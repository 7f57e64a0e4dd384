"""Completion: what is offered for a line, and the scripts by which shells ask."""

from __future__ import annotations

import os

import pytest

from reposync.cli.main import call
from reposync.cli.shells import Bash

FILE = """
registries: {hub: {url: docker.io}, mirror: {url: "mirror:5000/base"}}
stages:
  - id: mirror
    from: {source: hub, repository: alpine}
    to: [{destination: mirror, repository: a}]
  - {from: {source: mirror, repository: team/shop}, to: [{destination: hub, repository: b/c}]}
  - id: "a\\tb"
    from: {source: hub, repository: team/*}
    to: [{destination: hub, repository: "{basename}"}]
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("REPOSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cfg.yml").write_text(FILE)
    return tmp_path


@pytest.fixture
def offered(monkeypatch, capsys):
    """What a shell is answered for a line: types and values."""

    def ask(line):
        monkeypatch.setenv("_RUN_REPOSYNC_COMPLETE", "bash_complete")
        monkeypatch.setenv("_RUN_REPOSYNC_LINE", f"run-reposync {line}")
        with pytest.raises(SystemExit) as ending:
            call([])
        assert ending.value.code == 0
        answers = capsys.readouterr().out.splitlines()
        return [tuple(answer.split("\t")[:2]) for answer in answers if answer]

    return ask


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("-c cfg.yml --stage ", ["mirror", "stages[1]"]),
        ("--config=cfg.yml --stage=m", ["mirror"]),
        ("-c cfg.yml --stage mirror --stage ", ["stages[1]"]),
        ("explain -c cfg.yml ", ["mirror", "stages[1]"]),
        ("doctor -c cfg.yml ", ["hub", "mirror"]),
        ("doctor -c cfg.yml m", ["mirror"]),
        ("-c cfg.yml --only ", ["library/alpine", "team/shop"]),
        ("-c ./$NOTHING/cfg.yml --stage st", ["stages[1]"]),
        ("-c ~/cfg.yml --stage st", ["stages[1]"]),
        ("-c 'cfg.yml' --only 'lib", ["library/alpine"]),
    ],
)
def test_names_come_from_the_file(offered, place, monkeypatch, line, values):
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("NOTHING", "")
    assert offered(line) == [("plain", value) for value in values]


def test_the_file_may_be_named_by_its_variable(offered, monkeypatch):
    monkeypatch.setenv("REPOSYNC_CONFIG", "cfg.yml")
    assert offered("--stage mi") == [("plain", "mirror")]


def test_a_file_with_mistakes_in_it_offers_its_stages(offered, place):
    (place / "cfg.yml").write_text(FILE.replace("source: hub", "source: hbu"))
    assert offered("-c cfg.yml --stage mi") == [("plain", "mirror")]
    assert offered("-c cfg.yml --only ") == []


@pytest.mark.parametrize("option", ["--stage", "--only"])
@pytest.mark.parametrize("file", ["no.yml", "-", "''", "wrong.yml", "pipe", ".", "~nobody0/x"])
def test_a_file_that_cannot_be_read_offers_nothing(offered, place, option, file):
    (place / "wrong.yml").write_text("a: [")
    os.mkfifo(place / "pipe")
    assert offered(f"-c {file} {option} ") == []
    assert offered(f"{option} ") == []


@pytest.mark.parametrize(
    "line",
    ["-c ", "--config=x", "--report ", "import ", "import x -o ", "export -c ", "import x --auth "],
)
def test_where_a_file_is_wanted_the_shell_completes_it(offered, line):
    assert [kind for kind, _ in offered(line)] == ["file"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_for_its_own_answers(shell, capsys):
    assert call(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_RUN_REPOSYNC_COMPLETE={shell}_complete" in script
    assert "%(" not in script
    assert "%%" not in script.replace("${word%%=*}", "")


def test_the_variable_of_click_gives_the_same_script(monkeypatch, capsys):
    monkeypatch.setenv("_RUN_REPOSYNC_COMPLETE", "bash_source")
    with pytest.raises(SystemExit):
        call([])
    by_variable = capsys.readouterr().out
    monkeypatch.delenv("_RUN_REPOSYNC_COMPLETE")
    call(["completion", Bash.name])
    assert capsys.readouterr().out == by_variable


@pytest.mark.parametrize("arguments", [["completion"], ["completion", "tcsh"]])
def test_another_shell_is_told_which_there_are(capsys, arguments):
    assert call(arguments) == 2
    errors = capsys.readouterr().err
    assert "bash" in errors
    assert "fish" in errors
