"""The pages: what they show is what the command says."""

from __future__ import annotations

import re
import shlex
import tomllib
from itertools import pairwise

import pytest
from tests import images
from tests.development import ROOT
from tests.e2e.command import run
from tests.e2e.pages import KINDS, blocks
from tests.unit.cli.filled import fill
from tests.unit.cli.filled import tags as filled_tags

from reposync.cli.complaint import tell_not_allowed
from reposync.cli.exit_code import ExitCode

DOCS = ROOT / "docs"
AS_LAYOUTS = {
    "{url: docker.io}": '{url: "oci:docker.io"}',
    "{url: registry.example.com}": '{url: "oci:registry.example.com"}',
}
AS_SHOWN = re.compile(r"oci:(docker\.io|registry\.example\.com):")


def shown(page):
    """The blocks of a page, its registries replaced by layouts of the same names."""
    found = [(block.kind, block.text) for block in blocks(*KINDS) if block.page == page]
    for registry, layout in AS_LAYOUTS.items():
        found = [(kind, text.replace(registry, layout)) for kind, text in found]
    return found


def in_folder(tmp_path, page, contents):
    (file,) = [text for kind, text in shown(page) if kind == "yaml"]
    (tmp_path / "cfg.yml").write_text(file)
    fill(tmp_path / "docker.io", contents)


def test_an_explanation_reads_as_the_page_shows_it(tmp_path):
    tags = ("14.13", "15.8", "16.4", "16.4-bookworm", "17.0", "17.2", "latest")
    databases = {f"library/postgres:{tag}": images.image(tag) for tag in tags}
    page = "reference/command-line.md"
    in_folder(tmp_path, page, {**databases, "library/hello-world:latest": images.image("hello")})
    explained = [
        (call, text)
        for (kind, call), (follows, text) in pairwise(shown(page))
        if (kind, follows) == ("bash", "text") and " explain " in call
    ]
    assert len(explained) == 2
    for call, text in explained:
        told = run(*shlex.split(call)[1:], cwd=tmp_path)
        assert AS_SHOWN.sub(r"\1/", told.stdout) == text
        assert told.returncode == 0


def run_after_tags_moved(tmp_path, ledger):
    """Run what the page on immutable tags shows, before and after two of three tags moved."""
    sleeper = "itisfoundation/sleeper"
    tags = ("latest", "2.0.1", "2.1.0")
    contents = {f"{sleeper}:{tag}": images.image(tag) for tag in tags}
    in_folder(tmp_path, "how-to/promote/immutable-tags.md", contents)
    assert run("-c", "cfg.yml", cwd=tmp_path, REPOSYNC_LEDGER=ledger).returncode == 0
    moved = {f"{sleeper}:{tag}": images.image(f"new {tag}") for tag in ("latest", "2.0.1")}
    fill(tmp_path / "docker.io", moved)
    return run("-c", "cfg.yml", cwd=tmp_path, REPOSYNC_LEDGER=ledger).stdout


def test_a_tag_that_must_not_move_is_told_as_the_page_shows_it(tmp_path):
    told = run_after_tags_moved(tmp_path, ledger="")
    (line,) = [text for kind, text in shown("how-to/promote/immutable-tags.md") if kind == "text"]
    assert line in AS_SHOWN.sub(r"\1/", told)
    assert "1 copied, 1 up to date, 1 skipped" in told


def test_an_immutable_tag_that_the_ledger_knows_is_up_to_date_as_the_page_says(tmp_path):
    told = run_after_tags_moved(tmp_path, ledger=str(tmp_path / "ledger.sqlite3"))
    assert "1 copied, 2 up to date" in told
    assert "skipped: " not in told


def test_names_of_tags_are_told_as_the_page_shows_them(tmp_path):
    page = "how-to/mirror/rename-tags.md"
    tags = ("1.2.3", "1.3.0", "2.1", "latest", "v1.0")
    in_folder(tmp_path, page, {f"team/app:{tag}": images.image(tag) for tag in tags})
    explained, unnamed, collision = [text for kind, text in shown(page) if kind == "text"]
    (call,) = [text for kind, text in shown(page) if kind == "bash"]
    told = run(*shlex.split(call)[1:], cwd=tmp_path)
    assert AS_SHOWN.sub(r"\1/", told.stdout) == explained

    assert run("-c", "cfg.yml", cwd=tmp_path).returncode == 0
    found = filled_tags(tmp_path / "registry.example.com", "app")
    assert sorted(found) == ["1.0-mirrored", "edge", "main", "stable"]

    head, _ = (tmp_path / "cfg.yml").read_text().split("        tags:")
    (tmp_path / "cfg.yml").write_text(f"{head}        tag: '{{version.major}}'\n")
    told = run("-c", "cfg.yml", cwd=tmp_path)
    assert told.returncode == 1
    shown_there = AS_SHOWN.sub(r"\1/", told.stdout)
    assert unnamed.strip() in shown_there
    assert collision.strip().replace(", so", ", and 1 more like this, so") in shown_there


def test_what_fail_on_says_is_what_the_page_shows(caplog):
    tell_not_allowed({"empty": 1, "skipped": 2})
    assert (
        f"```text\n{caplog.messages[0]}\n```" in (DOCS / "how-to/operate/run-a-part.md").read_text()
    )


@pytest.mark.parametrize("page", ["docs/reference/command-line.md", "README.md"])
def test_every_exit_code_stands_in_the_tables(page):
    rows = re.findall(r"^\| ([0-9, ]+) \|", (ROOT / page).read_text(), re.MULTILINE)
    codes = {int(code) for row in rows for code in row.split(", ")}
    assert codes == set(ExitCode)


def test_the_layers_of_the_architecture_are_those_that_are_proven():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    proven = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    (drawn,) = [
        text for _, text in shown("explanation/architecture.md") if text.startswith("__main__ >")
    ]
    layers = [set(layer.split(" | ")) for layer in " ".join(drawn.split()).split(" > ")]
    assert layers == [set(layer.split(" | ")) for layer in proven]
