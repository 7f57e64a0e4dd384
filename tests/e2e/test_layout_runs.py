"""Whole runs of the installed command between image layouts: no server has a part in them."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.e2e.command import run
from tests.unit.cli.filled import fill, tags

FILE = """\
registries:
  source: {url: "oci:source"}
  folder: {url: "oci:mirror"}
  archive: {url: "oci:bundle.tar"}
fail_on: [empty, skipped]
stages:
  - id: all
    from: {source: source, repository: team/*}
    to:
      - {destination: folder, repository: "mirror/{basename}"}
      - {destination: archive, repository: "{basename}", platforms: [linux/amd64]}
"""
APP = images.image("app")
INDEX = images.multi_platform("index")
SBOM = images.artifact("sbom", subject=APP.root.descriptor)


@pytest.fixture
def folder(tmp_path):
    fill(
        tmp_path / "source",
        {"team/app:1.0": APP, "team/app:multi": INDEX, "team/web:1.0": APP, "team/app:": SBOM},
    )
    (tmp_path / "sync.yml").write_text(FILE)
    return tmp_path


def sync(folder, *arguments):
    state = str(folder / "state")
    return run("-c", "sync.yml", *arguments, cwd=folder, XDG_STATE_HOME=state)


def test_a_folder_and_an_archive_are_filled_and_then_up_to_date(folder):
    first = sync(folder)
    assert (first.returncode, "failed:" in first.stdout) == (0, False), first.stderr
    assert "referrers sent" in first.stdout.splitlines()[-1]
    assert tags(folder / "mirror", "mirror/app")["multi"] == INDEX.digest
    stripped = tags(folder / "bundle.tar", "app")
    assert stripped["1.0"] == APP.digest
    assert stripped["multi"] != INDEX.digest

    second = sync(folder)
    assert (second.returncode, second.stdout.splitlines()[-1][:13]) == (0, "6 up to date ")
    assert tags(folder / "bundle.tar", "app") == stripped


@pytest.mark.parametrize("path", ["mirror", "./mirror", "{folder}/mirror"])
def test_a_layout_has_one_name_in_the_summary_the_one_of_the_file(folder, path):
    path = path.format(folder=folder)
    (folder / "sync.yml").write_text(f"""\
registries:
  source: {{url: "oci:source"}}
  folder: {{url: "oci:{path}"}}
stages:
  - from: {{source: source, repository: team/web}}
    to: [{{destination: folder, repository: mirror/web}}]
""")
    done = sync(folder, "--report", "run.json")
    (row,) = json.loads((folder / "run.json").read_text())["repositories"]
    assert row["destination"] == f"oci:{path.removeprefix('./')}:mirror/web"
    assert row["counts"]["copied"] == 1
    assert f"oci:{path.removeprefix('./')}" in done.stdout


def test_two_spellings_of_one_layout_are_one_name_the_first_of_the_file(folder):
    file = folder / "sync.yml"
    file.write_text(file.read_text().replace("oci:bundle.tar", f"oci:{folder}/mirror"))
    lines = sync(folder, "--only", "team/web").stdout.splitlines()
    assert lines[1] == "all: oci:source -> oci:mirror"
    assert [line.split()[:2] for line in lines[2:4]] == [
        ["team/web", "mirror/web"],
        ["team/web", "web"],
    ]
    assert str(folder) not in "".join(lines)


@pytest.mark.parametrize("ledger", ["ledger.sqlite3", ""], ids=["ledger", "no ledger"])
def test_a_sparse_index_in_a_layout_keeps_its_digest_and_is_up_to_date(folder, ledger):
    file = folder / "sync.yml"
    text = file.read_text()
    file.write_text(text.replace("amd64]", "amd64], platform_mode: sparse"))
    first = run("-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER=ledger)
    assert first.returncode == 0, first.stdout
    assert tags(folder / "bundle.tar", "app")["multi"] == INDEX.digest
    second = run("-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER=ledger)
    assert second.stdout.splitlines()[-1].startswith("6 up to date ")


def test_what_is_remembered_stands_where_the_environment_says(folder):
    assert sync(folder).returncode == 0
    assert (folder / "state" / "reposync" / "ledger.sqlite3").is_file()
    kept = run("-c", "sync.yml", cwd=folder, REPOSYNC_LEDGER="", XDG_STATE_HOME=str(folder / "no"))
    assert kept.returncode == 0
    assert not (folder / "no").exists()


def test_a_part_is_run_and_explained(folder):
    done = sync(folder, "--stage", "all", "--only", "team/web")
    assert (done.returncode, done.stdout.splitlines()[-1][:10]) == (0, "2 copied, ")
    told = run("explain", "-c", "sync.yml", "all", "team/web:1.0", cwd=folder)
    assert (told.returncode, told.stdout.count(": is selected\n")) == (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--stage", "nothing"],
        ["--only", "["],
        ["--only", "nothing/at-all"],
        ["explain", "all"],
        ["explain", "nothing", "1.0"],
        ["explain", "all", "team/none:1.0"],
    ],
)
def test_what_is_not_there_is_told_without_a_traceback(folder, arguments):
    command = arguments[:1] if arguments[0] == "explain" else []
    done = run(*command, "-c", "sync.yml", *arguments[len(command) :], cwd=folder)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_an_immutable_tag_of_a_layout_is_looked_at_whatever_the_ledger_says(folder):
    file = folder / "sync.yml"
    file.write_text(file.read_text().replace("stages:", 'defaults: {immutable: ["*"]}\nstages:'))
    assert sync(folder).returncode == 0
    first = tags(folder / "bundle.tar", "app")
    (folder / "bundle.tar").unlink()
    second = sync(folder)
    assert second.returncode == 0, second.stdout
    assert tags(folder / "bundle.tar", "app") == first
