"""A program in front of another: it notes how it is called, and what the machine shows of it.

For each call there are the command line, the environment, the command lines of all processes of
the machine at that moment, and the files that it was given, with their modes.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

_PROGRAM = """\
#!/bin/sh
note={notes}/$$
mkdir "$note"
printf '%s\\0' "$@" >"$note/arguments"
env -0 >"$note/environ"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >"$note/processes"
for argument in "$@" "-x=$REGISTRY_AUTH_FILE"; do
  file=${{argument#*=}}
  if [ "$file" != "$argument" ] && [ -f "$file" ]; then
    cp "$file" "$note/file-${{file##*/}}"
    stat -c %a "$file" "${{file%/*}}" | tr '\\n' ' ' >>"$note/modes"
  fi
done
exec {program} "$@"
"""


@dataclass(frozen=True, slots=True)
class Call:
    """How the program was called once; ``files`` are contents by the names of files."""

    arguments: tuple[str, ...]
    environ: str
    processes: str
    modes: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notes:
    """What the program in front has noted in *directory*."""

    directory: Path

    def calls(self) -> list[Call]:
        """Return a note for each call, in no particular order."""
        return [_call(note) for note in self.directory.iterdir()]

    def forget(self) -> None:
        """Throw all notes away."""
        for note in self.directory.iterdir():
            for file in note.iterdir():
                file.unlink()
            note.rmdir()


def put_before(program: str, directory: Path) -> Notes:
    """Write a program of the same name as *program* into *directory*, that notes and then is it."""
    notes = directory / f"{Path(program).name}-notes"
    notes.mkdir()
    script = directory / Path(program).name
    script.write_text(_PROGRAM.format(notes=shlex.quote(str(notes)), program=shlex.quote(program)))
    script.chmod(0o755)
    return Notes(notes)


def path_before(directory: Path) -> str:
    """Return a ``PATH`` with *directory* before all others."""
    return os.pathsep.join((str(directory), os.environ.get("PATH", os.defpath)))


def _call(note: Path) -> Call:
    def text(name: str) -> str:
        file = note / name
        return file.read_text(errors="replace") if file.exists() else ""

    return Call(
        arguments=tuple(text("arguments").split("\0")[:-1]),
        environ=text("environ"),
        processes=text("processes"),
        modes=tuple(text("modes").split()),
        files={file.name.removeprefix("file-"): file.read_text() for file in note.glob("file-*")},
    )
