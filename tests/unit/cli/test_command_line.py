from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete
from tests.calls import taken_apart

from reposync import __version__
from reposync.cli.group import LazyGroup
from reposync.cli.log_stream import open_log
from reposync.cli.main import at_the_edge, call
from reposync.cli.root import root
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError, TransportError

COMMANDS = [
    "sync",
    "plan",
    "apply",
    "verify",
    "copy",
    "explain",
    "doctor",
    "import",
    "export",
    "schema",
    "completion",
]
CALL = re.compile(r"(?<![(\w])run-reposync -?[^|>()\n]*")


def examples():
    """Every call that a help shows below its options."""
    context = click.Context(root)
    for command in filter(None, [root, *(root.get_command(context, name) for name in COMMANDS)]):
        shown = CALL.findall(command.epilog or "")
        yield from (each.strip() for each in shown if "--help" not in each)


@pytest.fixture
def parsed(monkeypatch):
    """What the default command would have been called with, for arguments and variables."""
    for name in [name for name in os.environ if name.startswith("REPOSYNC_")]:
        monkeypatch.delenv(name)

    def parse(*arguments, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return taken_apart(arguments)

    return parse


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "f.yml", "--verify-only"],
        ["--verify-only", "--config", "f.yml"],
        ["--verify-only", "--config=f.yml"],
        ["sync", "-c", "f.yml", "--verify-only"],
        ["sync", "--verify-only", "-cf.yml"],
    ],
)
def test_sync_is_the_command_where_none_is_named(parsed, arguments):
    name, parameters = parsed(*arguments)
    assert name == "sync"
    assert parameters == {
        "paths": ("f.yml",),
        "verify_only": True,
        "parallel_sync_tasks": 100,
        "stage_names": (),
        "pattern": None,
        "reports": (),
        "log_format": "text",
        "log_level": None,
        "no_progress": False,
    }


def test_a_call_without_arguments_takes_all_from_the_environment(parsed):
    name, parameters = parsed(
        REPOSYNC_CONFIG="/etc/cfg.yaml",
        REPOSYNC_VERIFY_ONLY="1",
        REPOSYNC_PARALLEL_SYNC_TASKS="7",
        REPOSYNC_STAGE="mirror promote",
        REPOSYNC_ONLY="team/*:1.2*",
        REPOSYNC_REPORT="run.json:run.xml",
        REPOSYNC_LOG_FORMAT="json",
        REPOSYNC_LOG_LEVEL="debug",
        REPOSYNC_NO_PROGRESS="true",
    )
    assert name == "sync"
    assert parameters == {
        "paths": ("/etc/cfg.yaml",),
        "verify_only": True,
        "parallel_sync_tasks": 7,
        "stage_names": ("mirror", "promote"),
        "pattern": "team/*:1.2*",
        "reports": ("run.json", "run.xml"),
        "log_format": "json",
        "log_level": "debug",
        "no_progress": True,
    }


def test_an_option_outweighs_its_variable(parsed):
    _, parameters = parsed(
        "-c", "f.yml", "--stage", "one", REPOSYNC_CONFIG="/etc/cfg.yaml", REPOSYNC_STAGE="other"
    )
    assert parameters["paths"] == ("f.yml",)
    assert parameters["stage_names"] == ("one",)


@pytest.mark.parametrize(
    "name", ["REPOSYNC_CONFIG", "REPOSYNC_STAGE", "REPOSYNC_ONLY", "REPOSYNC_REPORT"]
)
def test_a_variable_that_is_empty_is_as_good_as_none(parsed, name):
    _, with_it = parsed("-c", "f.yml", **{name: ""})
    _, without = parsed("-c", "f.yml")
    assert with_it == without


def test_every_option_has_the_variable_of_its_name():
    for name in ("sync", "explain"):
        command = root.get_command(click.Context(root), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                long = next(name for name in option.opts if name.startswith("--"))
                assert option.envvar == "REPOSYNC" + long[1:].replace("-", "_").upper()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "use -c FILE"),
        (["--verify-only"], "REPOSYNC_CONFIG"),
        (["-c"], "requires an argument"),
        (["-c", "f.yml", "--parallel-sync-tasks", "0"], "x>=1"),
        (["-c", "f.yml", "--parallel-sync-tasks", "many"], "'many' is not a valid integer"),
        (["-c", "f.yml", "--log-format", "xml"], "'xml' is not one of"),
        (["-c", "f.yml", "--verify-onyl"], "--verify-only"),
        (["-c", "f.yml", "surplus"], "surplus"),
        (["snyc"], "did you mean 'sync'?"),
        (
            ["frobnicate"],
            f"there are: {', '.join(COMMANDS)}",
        ),
    ],
)
def test_a_wrong_call_is_told_with_what_to_do(monkeypatch, capsys, arguments, words):
    monkeypatch.delenv("REPOSYNC_CONFIG", raising=False)
    assert call(arguments) == 2
    output, errors = capsys.readouterr()
    assert words in errors
    assert output == ""


def test_a_file_in_the_place_of_a_command_is_told_where_it_belongs(tmp_path, capsys):
    path = tmp_path / "mirror.yml"
    path.touch()
    assert call([str(path)]) == 2
    assert f"run-reposync -c {path}" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_fits_a_screen(capsys, option):
    assert call([option]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 23  # and the prompt below them
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples_and_is_no_wider_than_a_screen(capsys, command):
    assert call([command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines == [line.rstrip() for line in lines]
    assert any(re.match("  Examples?", line) for line in lines)


@pytest.mark.parametrize("call_of_help", [*examples()])
def test_a_call_that_a_help_shows_is_one(parsed, call_of_help):
    _, *arguments = shlex.split(call_of_help)
    parsed(*arguments)


def test_help_shows_all_commands_and_the_options_of_the_default_one(capsys):
    call(["--help"])
    output = capsys.readouterr().out
    for words in ("-c FILE", "--verify-only", "--stage ID", "--only", "--version"):
        assert words in output
    assert re.findall(r"^  ([a-z]+)  ", output, re.MULTILINE) == COMMANDS


def test_help_says_where_more_options_exit_codes_and_variables_are_told(capsys):
    call(["--help"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "  More options, examples, exit codes, variables: run-reposync sync --help"
    call(["sync", "--help"])
    output = capsys.readouterr().out
    for words in ("--report", "4 a fail_on condition", "REPOSYNC_LOG_LEVEL"):
        assert words in output


def test_the_version_is_the_packages(capsys):
    assert call(["--version"]) == 0
    assert capsys.readouterr().out == f"run-reposync {__version__}\n"


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "", set(COMMANDS)),
        ([], "s", {"sync", "schema"}),
        ([], "--o", {"--only"}),
        ([], "--ver", {"--verify-only", "--version"}),
        (["-c", "f.yml"], "--log-f", {"--log-format"}),
        (["sync"], "--par", {"--parallel-sync-tasks"}),
        (["sync", "--log-level"], "w", {"warning"}),
        (["verify", "--depth"], "b", {"blobs", "bytes"}),
        (["verify", "-o"], "", {"table", "json"}),
        (["verify"], "--sa", {"--sample"}),
        (["nonsense"], "s", {"sync", "schema"}),
    ],
)
def test_a_shell_can_complete(words, incomplete, expected):
    completion = BashComplete(root, {}, "run-reposync", "_RUN_REPOSYNC_COMPLETE")
    assert {item.value for item in completion.get_completions(words, incomplete)} == expected


def test_a_default_command_without_a_module_is_found_out():
    group = LazyGroup(modules={}, default="sync")
    with pytest.raises(LookupError, match="sync"):
        group.shell_complete(click.Context(group), "--o")


FILE = """
registries: {a: {url: "a:5000"}}
stages: [{from: {source: a, repository: x}, to: [{destination: a, repository: y}]}]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sync.yml"
    path.write_text(FILE)
    return path


@pytest.mark.usefixtures("restored_logging")
def test_a_right_file_is_said_to_be_right(file, capsys):
    assert call(["-c", str(file), "--verify-only"]) == 0
    assert capsys.readouterr().out == f"{file} is valid: 1 registry, 1 stage\n"


@pytest.mark.usefixtures("restored_logging")
def test_a_wrong_file_is_exit_2(file, capsys):
    file.write_text(FILE.replace("source: a", "source: b"))
    assert call(["-c", str(file)]) == 2
    assert capsys.readouterr().err.endswith(f"1 problem in {file}; nothing was done\n")


def test_the_schema_is_json(capsys):
    assert call(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigError((Diagnostic("f.yml", 1, 2, "", "wrong"),)), 2, "f.yml:1:2: wrong\n1 problem"),
        (TransportError("no answer", hint="is it up?"), 1, "no answer; is it up?"),
        (ZeroDivisionError("secret"), 1, "bug in reposync: ZeroDivisionError"),
        (click.UsageError("no"), 2, "Error: no"),
        (click.Abort(), 130, ""),
        (KeyboardInterrupt(), 130, ""),
    ],
)
@pytest.mark.usefixtures("restored_logging")
def test_every_error_ends_in_a_sentence_and_an_exit_code(capsys, error, code, words):
    def work():
        raise error

    open_log("text", None, progress=False)
    assert at_the_edge(work) == code
    errors = capsys.readouterr().err
    assert words in errors
    assert "Traceback" not in errors
    assert "secret" not in errors


FULL = Path("/dev/full")
ENDING = "import sys; from reposync.cli.main import end; print('said'); end(int(sys.argv[1]))"


@pytest.mark.parametrize("code", [0, 1, 130])
def test_a_process_ends_with_its_code_and_all_that_it_said(code):
    done = subprocess.run(
        [sys.executable, "-c", ENDING, str(code)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "said\n", "")


@pytest.mark.skipif(not FULL.exists(), reason="there is no such device here")
@pytest.mark.parametrize(("code", "told"), [(0, 1), (2, 2)])
def test_words_that_cannot_be_written_are_no_success(code, told):
    full = f"import sys; sys.stdout = open('{FULL}', 'w'); {ENDING}"
    done = subprocess.run([sys.executable, "-c", full, str(code)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (told, b"")


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (["-v"], "debug"),
        (["--verbose"], "debug"),
        (["-v", "--log-level", "info"], "info"),
        (["--log-level", "info", "-v"], "info"),
    ],
)
def test_v_is_the_lowest_level_where_none_is_named(parsed, arguments, level):
    _, parameters = parsed("-c", "f.yml", *arguments)
    assert parameters["log_level"] == level
