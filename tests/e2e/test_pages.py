"""The pages: their calls are calls of ours, and what they show is what the command says."""

from __future__ import annotations

import re
import shlex
import tomllib

import click
import pytest
from tests import images
from tests.development import ROOT
from tests.e2e.command import run
from tests.unit.cli.filled import fill

from reposync.cli.complaint import tell_not_allowed
from reposync.cli.exit_code import ExitCode
from reposync.cli.main import root

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(bash|yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|\s)(run-reposync .*)$")
AS_LAYOUTS = {
    "{url: docker.io}": '{url: "oci:docker.io"}',
    "{url: registry.example.com}": '{url: "oci:registry.example.com"}',
}
AS_SHOWN = re.compile(r"oci:(docker\.io|registry\.example\.com):")


def calls():
    """Every call that a block of commands shows, without what a shell does with its output."""
    for page in PAGES:
        for kind, text in BLOCK.findall(page.read_text()):
            for line in text.splitlines() if kind == "bash" else ():
                found = CALL.search(line)
                if found and "$(" not in line:
                    call = re.split(r" (?:\|\|?|>|&&) ", found[1])[0]
                    yield pytest.param(call, id=f"{page.name}: {call}")


def blocks(page):
    """The blocks of a page, its registries replaced by layouts of the same names."""
    found = BLOCK.findall((DOCS / page).read_text())
    for registry, layout in AS_LAYOUTS.items():
        found = [(kind, text.replace(registry, layout)) for kind, text in found]
    return found


def in_folder(tmp_path, page, contents):
    (file,) = [text for kind, text in blocks(page) if kind == "yaml"]
    (tmp_path / "cfg.yml").write_text(file)
    fill(tmp_path / "docker.io", contents)


@pytest.mark.parametrize("call", [*calls()])
def test_a_call_that_a_page_shows_is_one(call, monkeypatch):
    monkeypatch.setenv("REPOSYNC_CONFIG", "cfg.yml")
    _, *arguments = shlex.split(call, comments=True)
    with root.make_context("run-reposync", arguments) as context:
        words = [*context._protected_args, *context.args]
        name, command, rest = root.resolve_command(context, words)
        assert command is not None
        command.make_context(name, rest, parent=context)


def test_an_explanation_reads_as_the_page_shows_it(tmp_path):
    tags = ("14.13", "15.8", "16.4", "16.4-bookworm", "17.0", "17.2", "latest")
    databases = {f"library/postgres:{tag}": images.image(tag) for tag in tags}
    page = "command-line.md"
    in_folder(tmp_path, page, {**databases, "library/hello-world:latest": images.image("hello")})
    shown = [
        (call, text)
        for (kind, call), (follows, text) in zip(blocks(page), blocks(page)[1:], strict=False)
        if (kind, follows) == ("bash", "text") and " explain " in call
    ]
    assert len(shown) == 2
    for call, text in shown:
        told = run(*shlex.split(call)[1:], cwd=tmp_path)
        assert AS_SHOWN.sub(r"\1/", told.stdout) == text
        assert told.returncode == 0


def test_a_tag_that_must_not_move_is_told_as_the_page_shows_it(tmp_path):
    page = "how-to/immutable-tags.md"
    sleeper = "itisfoundation/sleeper"
    tags = ("latest", "2.0.1", "2.1.0")
    in_folder(tmp_path, page, {f"{sleeper}:{tag}": images.image(tag) for tag in tags})
    assert run("-c", "cfg.yml", cwd=tmp_path, REPOSYNC_LEDGER="").returncode == 0
    moved = {f"{sleeper}:{tag}": images.image(f"new {tag}") for tag in ("latest", "2.0.1")}
    fill(tmp_path / "docker.io", moved)
    done = run("-c", "cfg.yml", cwd=tmp_path, REPOSYNC_LEDGER="")
    (line,) = [text for kind, text in blocks(page) if kind == "text"]
    assert line in AS_SHOWN.sub(r"\1/", done.stdout)
    assert "1 copied, 1 up to date, 1 skipped" in done.stdout


def test_what_fail_on_says_is_what_the_page_shows(caplog):
    tell_not_allowed({"empty": 1, "skipped": 2})
    assert f"```text\n{caplog.messages[0]}\n```" in (DOCS / "how-to/run-a-part.md").read_text()


def test_every_option_stands_on_the_page_with_its_variable():
    page = (DOCS / "command-line.md").read_text()
    command = root.get_command(click.Context(root), "sync")
    assert command is not None
    for option in command.params:
        assert f"{max(option.opts, key=len)}" in page
        assert f"`{option.envvar}`" in page


@pytest.mark.parametrize("page", ["docs/command-line.md", "README.md"])
def test_every_exit_code_stands_in_the_tables(page):
    rows = re.findall(r"^\| ([0-9, ]+) \|", (ROOT / page).read_text(), re.MULTILINE)
    codes = {int(code) for row in rows for code in row.split(", ")}
    assert codes == set(ExitCode)


def test_every_page_can_be_reached_from_the_navigation():
    def pages(entries):
        for entry in entries:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else pages(value)

    settings = tomllib.loads((ROOT / "zensical.toml").read_text())
    reached = sorted(pages(settings["project"]["nav"]))
    assert reached == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_is_linked_to_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
