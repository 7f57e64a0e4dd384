"""The manual page, made from the commands themselves as their help is.

Spec: man(7), groff_man(7).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from reposync.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = "run-reposync"
_WORDS = re.compile(r"\s+")
_ENDING = """\
.SH EXIT STATUS
.TP
.B 0
All was done.
.TP
.B 1
Something failed.
.TP
.B 2
The file or the call is wrong.
.TP
.B 4
What fail_on names came about.
.TP
.BR 130 ", " 143
The run was stopped by SIGINT or SIGTERM.
.SH ENVIRONMENT
Each option has a variable:
.B REPOSYNC_LOG_LEVEL
stands for
.BR \\-\\-log\\-level .
The file names the variables that hold users and passwords.
.B REPOSYNC_LEDGER
names the file in which runs remember what they put where.
.SH FILES
.TP
.I /etc/cfg.yaml
The file that the container image reads unless told.
.TP
.I ~/.docker/config.json
Logins, where the file names none.
.SH EXAMPLES
Check a file, which contacts no registry:
.PP
.EX
    run\\-reposync \\-c cfg.yml \\-\\-verify\\-only
.EE
.PP
Copy what it asks for, and keep a report:
.PP
.EX
    run\\-reposync \\-c cfg.yml \\-\\-report run.json
.EE
.SH SEE ALSO
.BR skopeo (1)
"""


def man_page() -> str:
    """Write the page."""
    context = click.Context(root, info_name=_PROGRAM)
    commands = [(name, root.get_command(context, name)) for name in root.list_commands(context)]
    lines = [
        '.\\" Written by dev/generate_docs.py from the commands in src/reposync/cli.',
        ".TH RUN\\-REPOSYNC 1",
        ".SH NAME",
        "run\\-reposync \\- keep container repositories in step across registries",
        ".SH SYNOPSIS",
        f".B {_escaped(_PROGRAM)}",
        r"[sync] \-c FILE [OPTIONS]",
        ".br",
        f".B {_escaped(_PROGRAM)}",
        "COMMAND [OPTIONS]",
        ".SH DESCRIPTION",
        "It copies images from registries to registries as one file says, in parallel and bit for",
        "bit, and finds in moments that nothing is left to do.",
        ".SH COMMANDS",
    ]
    for name, command in commands:
        if command is not None:
            lines += _command(name, command, context)
    return "\n".join(lines) + "\n" + _ENDING


def _command(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f'.SS "{_escaped(usage)}"'
    paragraphs = (command.help or "").replace("\b", "").strip().split("\n\n")
    for paragraph in paragraphs:
        yield ".PP"
        yield _escaped(_WORDS.sub(" ", paragraph.strip()))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            yield ".TP"
            yield f".B {_escaped(record[0])}"
            yield _escaped(_WORDS.sub(" ", record[1]))


def _escaped(text: str) -> str:
    """Keep *text* as it is: no request at its beginning, no dash that is a hyphen.

    Spec: groff_char(7), "Escape character".
    """
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
