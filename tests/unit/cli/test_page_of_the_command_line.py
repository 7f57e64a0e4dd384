"""docs/reference/command-line.md: it shows all commands, options and variables there are."""

from __future__ import annotations

import html
import re

import click
import pytest
from tests.development import ROOT

from reposync.cli.root import root

PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
USAGE = re.findall(r"^run-reposync (.*)$", PAGE.partition("\n```\n")[0], re.MULTILINE)
TABLE = re.compile(r"^\| option(?: of `plan`)? \|.*\n\| --- .*\n((?:\|.*\n)+)", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`|<code>(.+?)</code>")
OF_SYNC, OF_PLAN, OF_VERIFY, OF_TRANSLATIONS = (table.splitlines() for table in TABLE.findall(PAGE))


def options(name):
    command = root.get_command(click.Context(root), name)
    assert command is not None
    return [option for option in command.params if isinstance(option, click.Option)]


def names(option):
    """All names, the last with what it takes, as they stand in a table."""
    value = "" if option.is_flag else f" {option.metavar}"
    return [*option.opts[:-1], option.opts[-1] + value]


def cells(row):
    """The code in each cell of a row."""
    found = (CODE.findall(cell) for cell in row.split("|")[1:-1])
    return [[html.unescape("".join(each)) for each in codes] for codes in found]


def test_the_options_of_sync_stand_there_with_their_variables():
    shown = {tuple(first): second for first, second, _ in map(cells, OF_SYNC)}
    assert shown == {tuple(names(option)): [option.envvar] for option in options("sync")}


def test_the_options_of_plan_stand_there_with_their_variables():
    shown = {tuple(first): second for first, second, _ in map(cells, OF_PLAN)}
    there = {tuple(names(each)): [each.envvar] if each.envvar else [] for each in options("plan")}
    assert shown == there


def test_apply_takes_what_the_page_says():
    sentence = PAGE.partition("`apply PLAN.json` takes ")[2].partition("which mean")[0]
    shown = {name for name, _ in CODE.findall(sentence)}
    assert shown == {option.opts[-1].replace("--config", "-c") for option in options("apply")}


def test_the_options_of_verify_stand_there_with_their_variables():
    of_sync = {name for option in options("sync") for name in names(option)}
    shown: dict[str, str | None] = {}
    for first, second, _ in map(cells, OF_VERIFY):
        shown |= dict(zip(first, second or [None] * len(first), strict=True))
    own = {names(each)[0]: each.envvar for each in options("verify") if each.name != "output"}
    missing = {name: variable for name, variable in own.items() if name not in of_sync}
    assert missing.items() <= shown.items()
    assert "-o table|json" in shown


def test_the_options_of_translations_stand_there():
    shown = {name for row in OF_TRANSLATIONS for name in cells(row)[0]}
    there = [option for name in ("import", "export") for option in options(name)]
    of_sync = {name for option in options("sync") for name in names(option)}
    assert shown == {name for option in there for name in names(option)} - of_sync


def test_the_usage_shows_every_command():
    first = [line.partition(" ")[0].strip("[]") for line in USAGE]
    assert first == [*root.list_commands(click.Context(root)), "--version"]


@pytest.mark.parametrize("line", USAGE)
def test_an_option_in_the_usage_is_one(line):
    command, _, rest = line.partition(" ")
    known = [] if command.startswith("--") else options(command.strip("[]"))
    there = {name for option in known for name in option.opts}
    assert set(re.findall(r"(?<!\w)--?[a-z]+", rest)) <= there
