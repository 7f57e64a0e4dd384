"""Several files by ``-c``: every command reads them as one."""

from __future__ import annotations

import pytest

from reposync.cli.main import call

REGISTRIES = """\
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
"""
APP = """\
stages:
  - id: app
    from: {source: source, repository: team/app}
    to: [{destination: there, repository: app, tags: ["1.0"]}]
"""
WEB = """\
stages:
  - id: web
    from: {source: source, repository: team/web}
    to: [{destination: there, repository: web, tags: ["1.0"]}]
    depends_on: [app]
"""
ALL = ["-c", "registries.yml", "-c", "app.yml", "-c", "web.yml"]


@pytest.fixture(autouse=True)
def place(workplace):
    for name, text in (("registries", REGISTRIES), ("app", APP), ("web", WEB)):
        (workplace / f"{name}.yml").write_text(text)
    return workplace


def test_stages_of_several_files_are_run_as_those_of_one(capsys):
    assert call(ALL) == 0
    assert "2 copied" in capsys.readouterr().out


def test_the_variable_holds_several_names_as_path_does(monkeypatch, capsys):
    monkeypatch.setenv("REPOSYNC_CONFIG", "registries.yml:app.yml:web.yml")
    assert call(["--verify-only"]) == 0
    assert capsys.readouterr().out == (
        "registries.yml, app.yml, web.yml are valid: 2 registries, 2 stages\n"
    )


def test_a_stage_of_any_file_can_be_run_alone(capsys):
    assert call([*ALL, "--stage", "web"]) == 0
    assert "1 copied" in capsys.readouterr().out


def test_mistakes_are_told_with_the_files_that_they_are_in(place, capsys):
    (place / "web.yml").write_text(WEB.replace("there", "here"))
    (place / "app.yml").write_text(APP.replace("[{", "{").replace("}]", "}"))
    assert call(ALL) == 2
    written = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in written] == [
        "app.yml:4:9",
        "web.yml:4:24",
        "2 problems in app.yml, web.yml; nothing was done",
    ]


def test_a_file_that_is_named_twice_is_a_wrong_call(capsys):
    assert call([*ALL, "-c", "app.yml"]) == 2
    assert "app.yml is named twice by -c; name each file once" in capsys.readouterr().err


def test_a_line_that_explains_a_tag_is_told_in_its_file(capsys):
    assert call(["explain", *ALL, "web", "1.0"]) == 0
    assert "web.yml:4:55" in capsys.readouterr().out


def test_several_files_are_exported_as_one(place, capsys):
    registries = REGISTRIES.replace("oci:source", "a.example").replace("oci:there", "b.example")
    (place / "registries.yml").write_text(registries)
    assert call(["export", *ALL, "--to", "regsync"]) == 0
    written = capsys.readouterr()
    assert "Written by run-reposync export from registries.yml, app.yml, web.yml." in written.out
    assert "2 stages of registries.yml, app.yml, web.yml" in written.err
