"""Compare reposync with other tools that copy images, on real registries of this machine.

Without a command it measures. Every tool that is found does the same work in turn, round after
round, each time to fresh registries in memory; afterwards the digest of every tag is compared with
the source's. Printed are medians with the least and the greatest, and ratios to reposync, taken
round by round. Results go to a file; `report FILE...` writes docs/explanation/performance.md from
such files.
"""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import cases, machine, report, results, table, workspace
from bench.cases import Case, Link
from bench.floor import programs
from bench.processes import BenchError
from bench.session import Session
from bench.tools.every import TOOLS
from bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

    from bench.tools.tool import Tool

RESULTS: Final = Path(__file__).with_name("results")
_INTERRUPTED: Final = 130
_CALM: Final = 0.5  # processes that want a core


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; give the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    options = _parser().parse_args(arguments)
    try:
        if options.command == "report":
            report.write([results.load(path) for path in options.files])
            return 0
        return _measure(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; all that was started has ended", file=sys.stderr)
        return _INTERRUPTED


def _measure(options: argparse.Namespace) -> int:
    tools = _tools(options.tools)
    with_floor = not options.tools or programs.NAME in options.tools
    wanted = [case.scaled(options.scale) for case in _cases(options)]
    output = options.output or RESULTS / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}.json"
    with workspace.workspace(options.folder) as folder:
        taken = results.Results(
            machine.describe(),
            machine.versions(tools),
            options.rounds,
            options.scale,
            notes=_notes(folder),
        )
        session = Session(tools, with_floor, options.rounds, options.limit, folder, _say)
        with closing(session.measure(wanted)) as measured:
            for result in measured:
                taken = taken.with_case(result)
                results.save(taken, output)
                print(f"\n{table.text(result)}", flush=True)
    print(f"results: {output}")
    is_whole = len(taken.cases) == len(wanted)
    return 0 if is_whole and not any(t.failure for case in taken.cases for t in case.tools) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_epilog(),
    )
    what = parser.add_argument_group("what is measured; unless told, about ten minutes of it")
    what.add_argument("--workload", type=_words, metavar="NAMES", help="by comma; see below")
    what.add_argument("--rtt", type=_numbers, metavar="MS", help="round trips in ms, by comma")
    what.add_argument("--loss", type=float, metavar="PCT", help="packets that the link loses")
    what.add_argument("--tls", action="store_true", help="by TLS, not plain HTTP")
    what.add_argument("--curves", action="store_true", help="against numbers of tags, repositories")
    what.add_argument("--all", action="store_true", help="all of it: hours")
    how = parser.add_argument_group("how")
    how.add_argument("--tools", type=_words, metavar="NAMES", help="by comma; unless told, all")
    how.add_argument("--rounds", type=_positive, default=3, help="after one to warm up; 3")
    how.add_argument("--limit", type=float, default=100, metavar="S", help="for one call; 100 s")
    how.add_argument("--scale", type=float, default=1, metavar="X", help="more or less of all; 1")
    how.add_argument("--folder", type=Path, help="in memory, with room; found unless told")
    how.add_argument("--output", type=Path, metavar="FILE", help="unless told, in bench/results/")
    commands = parser.add_subparsers(dest="command", metavar="report FILE...")
    writing = commands.add_parser("report", help="write docs/explanation/performance.md")
    writing.add_argument("files", nargs="*", type=Path, default=[report.PUBLISHED])
    return parser


def _epilog() -> str:
    lines = [f"  {name:8} {each.summary}" for name, each in WORKLOADS.items()]
    tools = ", ".join([*TOOLS, programs.NAME])
    return "\n".join(["workloads:", *lines, f"tools, those on the PATH: {tools}"])


def _cases(options: argparse.Namespace) -> list[Case]:
    if options.all:
        return [*cases.every(), *cases.curves()]
    if options.curves:
        return cases.curves()
    if not (options.workload or options.rtt or options.loss or options.tls):
        return cases.default()
    names = options.workload or [*WORKLOADS]
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        raise BenchError(f"there is no workload {unknown[0]}; there are {', '.join(WORKLOADS)}")
    links = [Link(rtt_ms, options.loss or 0) for rtt_ms in options.rtt or [0]]
    return [*cases.product(names, links, [options.tls])]


def _tools(names: Sequence[str] | None) -> tuple[Tool, ...]:
    known = {**TOOLS, programs.NAME: None}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise BenchError(f"{unknown[0]} is not known here; known are {', '.join(known)}")
    found = tuple(tool for name, tool in TOOLS.items() if tool.find() and name in (names or TOOLS))
    missing = set(names or ()) - {tool.name for tool in found} - {programs.NAME}
    if missing:
        raise BenchError(f"not on the PATH: {', '.join(sorted(missing))}")
    return found


def _notes(folder: Path) -> tuple[str, ...]:
    notes = []
    if not workspace.is_memory(folder):
        notes.append(f"registries keep their files in {folder.parent}, which is not in memory")
    load = machine.load_per_core()
    if load > _CALM:
        notes.append(
            f"the machine was busy with other work: {load:.1f} processes per core were running "
            "before the first call, so times are longer than on an idle machine"
        )
    for note in notes:
        _say(note)
    return tuple(notes)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str) -> list[float]:
    return [float(word) for word in _words(text)]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("it must be a whole number, and at least 1")
    return int(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Stop once: a second signal must not disturb the ending of what was started."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
