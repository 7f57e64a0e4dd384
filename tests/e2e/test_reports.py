"""Reports of whole runs of the installed command, between layouts; and the page that shows one."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime

import pytest
from tests import images
from tests.development import ROOT
from tests.e2e.command import run
from tests.unit.cli.filled import fill
from tests.unit.report.junit_shape import cases, parsed

from reposync.copy.outcome import Status
from reposync.report.failure_kind import FailureKind

PAGE = (ROOT / "docs" / "how-to" / "operate" / "reports.md").read_text()
FILE = re.search(r"^```yaml\n(registries:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = re.search(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
AS_SHOWN = re.compile(r"oci:(docker\.io|registry\.example\.com):")
VARIES = re.compile(r'"(?:started_at|ended_at|duration_s)": ("[^"]*"|[0-9.]+)')
REPORTS = ("run.json", "run.xml", "run.md")


@pytest.fixture
def folder(tmp_path):
    assert FILE is not None
    text = re.sub(r"url: (docker.io|registry.example.com)", r'url: "oci:\1"', FILE[1])
    (tmp_path / "cfg.yml").write_text(text)
    fill(tmp_path / "docker.io", {"library/postgres:16.4": images.image("16.4")})
    return tmp_path


def sync(folder, *reports, **environ):
    arguments = [word for report in reports for word in ("--report", report)]
    return run("-c", "cfg.yml", *arguments, cwd=folder, REPOSYNC_LEDGER="", **environ)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def comparable(text):
    """The lines of a report but for times; images in any order, since they end in any."""
    lines = VARIES.sub("", AS_SHOWN.sub(r"\1/", text)).splitlines()
    return sorted(line.removesuffix(",") for line in lines)


def test_a_report_is_as_the_page_shows_it(folder):
    assert SHOWN is not None
    assert sync(folder, "run.json").returncode == 1
    text = (folder / "run.json").read_text()
    assert comparable(text) == comparable(SHOWN[1])
    document = json.loads(text)
    assert list(document) == list(json.loads(SHOWN[1]))
    started_at, ended_at = map(
        datetime.fromisoformat, (document["started_at"], document["ended_at"])
    )
    assert 0 <= document["duration_s"] <= (ended_at - started_at).total_seconds()


def test_the_reports_of_a_run_say_the_same(folder):
    done = sync(folder, *REPORTS)
    assert "failures by kind: 1 not found\n1 copied, 1 failed" in done.stdout
    document, junit, markdown = ((folder / name).read_text() for name in REPORTS)
    assert json.loads(document)["failures"] == {"not found": 1}
    said = {name: said for _, name, said in cases(parsed(junit))}
    assert [each.attrib["type"] for each in said.values() if each is not None] == ["not found"]
    assert len(said) == 2
    assert "**not found**" in markdown
    assert "1 copied, 1 failed" in markdown


def test_a_run_that_finds_all_up_to_date_reports_that_and_replaces_what_stood_there(folder):
    text = (folder / "cfg.yml").read_text().replace(', "9.9"', "")
    (folder / "cfg.yml").write_text(text)
    assert [sync(folder, "run.json").returncode for _ in range(2)] == [0, 0]
    (image,) = json.loads((folder / "run.json").read_text())["images"]
    assert (image["status"], image["bytes_sent"]) == ("up to date", 0)
    assert names_in(folder) == [
        "cfg.yml",
        "docker.io",
        "registry.example.com",
        "run.json",
    ]


def test_a_layout_that_is_not_there_is_a_stage_that_failed(folder):
    (folder / "docker.io").rename(folder / "elsewhere")
    assert sync(folder, *REPORTS).returncode == 1
    document = json.loads((folder / "run.json").read_text())
    (failure,) = document["stage_failures"] or document["images"][:1]
    assert failure["error"]["kind"] == "storage"
    parsed((folder / "run.xml").read_text())


def test_an_undecodable_name_of_a_folder_does_not_keep_a_report_from_being_whole(folder):
    odd = os.fsdecode(b"odd\xff")
    (folder / odd).mkdir()
    assert sync(folder, *(f"{odd}/{name}" for name in REPORTS)).returncode == 1
    assert names_in(folder / odd) == sorted(REPORTS)


def test_the_page_names_every_kind_and_every_way_an_image_can_end():
    rows = re.findall(r"^\| `([a-z ]+)` \|", PAGE, re.MULTILINE)
    assert set(map(str, FailureKind)) <= set(rows)
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| `status` |")]
    assert all(f"`{status}`" in row for status in Status)


def test_the_page_tells_of_every_key():
    assert SHOWN is not None
    document = json.loads(SHOWN[1])
    rows = " ".join(re.findall(r"^\| (`[a-z_`, ]+`) \|", PAGE, re.MULTILINE))
    for key in (*document, *document["images"][0], "kind", "message", "hint"):
        assert f"`{key}`" in rows or f"`{key}`" in PAGE
