"""The manual page: all commands and options, in a form that formatters take."""

from __future__ import annotations

import re
import shutil
import subprocess

import click
import pytest
from dev.generate_docs import ROOT

from reposync.cli.exit_code import ExitCode
from reposync.cli.root import root

PAGE = ROOT / "src" / "man" / "run-reposync.1"


def test_it_names_every_command_and_option():
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        assert f'.SS "{name} ' in text
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1] in text


def test_it_names_every_exit_code():
    text = PAGE.read_text(encoding="utf-8").partition(".SH EXIT STATUS")[2]
    codes = text.partition(".SH FILES")[0]
    assert {int(code) for code in re.findall(r"\b(\d+)\b", codes)} == set(ExitCode)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_a_formatter_has_nothing_to_say_against_it():
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", str(PAGE)], capture_output=True, text=True, check=True
    )
    assert not done.stderr
    assert "run-reposync - keep container repositories in step" in done.stdout
