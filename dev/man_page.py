"""The manual page, made from the commands themselves as their help is.

Spec: man(7), groff_man(7).
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import click

from reposync import __version__
from reposync.cli.program import PROGRAM
from reposync.cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 72  # and what escapes add
_BLANK_LINES = re.compile(r"\n\s*\n")
_HEAD = f"""\
.\\" Written by dev/generate_docs.py from the commands in src/reposync/cli.
.TH RUN\\-REPOSYNC 1 "" "reposync {__version__}" "User Commands"
.SH NAME
run\\-reposync \\- keep container repositories in step across registries
.SH SYNOPSIS
.B run\\-reposync
[sync] \\-c FILE [OPTIONS]
.br
.B run\\-reposync
COMMAND [OPTIONS]
.SH DESCRIPTION
It copies images between registries as one file describes, in parallel and
byte for byte, and detects within moments that everything is up to date.
.PP
Results go to standard output, log lines and progress to standard error.
Where no command is named, it is
.BR sync .
.SH COMMANDS
"""
_ENDING = """\
.SH EXIT STATUS
.TP
.B 0
All was done.
.TP
.B 1
Something failed; everything else was done.
.TP
.B 2
The file or the call is wrong; nothing was done.
.TP
.B 3
Nothing failed, and there is a difference, as plan \\-\\-exit\\-code asks and verify finds.
.TP
.B 4
Nothing failed, and a condition of the file's fail_on was met.
.TP
.BR 130 ", " 143
The run was stopped by SIGINT or SIGTERM.
.SH FILES
.TP
.I /etc/cfg.yaml
The file that the container image reads unless told.
.TP
.I ~/.docker/config.json
Logins, where the file names none; podman's auth.json as well.
.TP
.I ~/.local/state/reposync/ledger.sqlite3
What runs remember of what they put where.
.SH SEE ALSO
.BR skopeo (1)
"""


def man_page() -> str:
    """Write the page."""
    return _HEAD + "".join(f"{line}\n" for line in [*_commands(), *_environment()]) + _ENDING


def _commands() -> Iterator[str]:
    with click.Context(root, info_name=PROGRAM, **root.context_settings) as context:
        for name in root.list_commands(context):
            yield from _command(name, _found(name), context)


def _found(name: str) -> click.Command:
    command = root.get_command(click.Context(root), name)
    if command is None:
        raise LookupError(name)
    return command


def _command(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f'.SS "{_escaped(usage)}"'
    first, *others = _BLANK_LINES.split(command.help or "")
    yield from _filled(first)
    for paragraph in others:
        yield ".PP"
        yield from _filled(paragraph)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            yield ".TP"
            yield f".B {_escaped(record[0])}"
            yield from _filled(record[1])
    for part in (command.epilog or "").replace("\b\n", "").strip().split("\n\n"):
        if part.startswith("Example"):
            yield ".PP"
            yield from _example(part)


def _example(text: str) -> Iterator[str]:
    """Keep the lines of an example as they are."""
    head, *lines = text.splitlines()
    yield from [*_filled(head), ".PP", ".EX", *map(_escaped, lines), ".EE"]


def _environment() -> Iterator[str]:
    """Return which variable stands for which option, once for all commands, and the others."""
    yield ".SH ENVIRONMENT"
    context = click.Context(root)
    options = (each for name in root.list_commands(context) for each in _found(name).params)
    for variable, option in {str(each.envvar): each for each in options if each.envvar}.items():
        yield from [".TP", f".B {variable}", f"Stands for {_escaped(max(option.opts, key=len))}."]
    yield from [".TP", ".B REPOSYNC_LEDGER"]
    yield from _filled("The file in which runs remember what they put where; empty for none.")
    yield ".PP"
    yield from _filled("The file of a run names the variables that hold users and passwords.")


def _filled(text: str) -> list[str]:
    lines = textwrap.wrap(" ".join(text.split()), _WIDTH, break_on_hyphens=False)
    return [_escaped(line) for line in lines]


def _escaped(text: str) -> str:
    """Keep *text* as it is: no request at its beginning, no dash that is a hyphen.

    Spec: groff_char(7), "Escape character".
    """
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
