from __future__ import annotations

import io
import json
import logging

import pytest

from reposync.cli.complaint import tell_bug, tell_config_error, tell_error, tell_problems
from reposync.cli.logs import configure
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError, TransportError

pytestmark = pytest.mark.usefixtures("restored_logging")
PROBLEMS = (
    Diagnostic("sync.yml", 3, 5, "stages[0].from", "unknown registry `mastr`", "did you mean `a`?"),
    Diagnostic("sync.yml", 9, 1, "", "no stages"),
)


@pytest.fixture
def log_to():
    def open_stream(log_format="text", level="info"):
        stream = io.StringIO()
        configure(logging.StreamHandler(stream), log_format, level)
        return stream

    return open_stream


def bug(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def test_every_problem_of_a_file_has_its_line_and_then_they_are_counted(log_to):
    stream = log_to()
    tell_config_error(ConfigError(PROBLEMS))
    assert stream.getvalue().splitlines() == [
        "sync.yml:3:5: stages[0].from: unknown registry `mastr`; did you mean `a`?",
        "sync.yml:9:1: no stages",
        "2 problems in sync.yml; nothing was done",
    ]


def test_a_problem_for_machines_has_its_place_in_fields(log_to):
    stream = log_to("json")
    tell_problems(PROBLEMS[:1], logging.WARNING)
    line = json.loads(stream.getvalue())
    del line["ts"]
    assert line == {
        "level": "warning",
        "event": "problem",
        "message": "sync.yml:3:5: stages[0].from: unknown registry `mastr`; did you mean `a`?",
        "path": "sync.yml",
        "line": 3,
        "column": 5,
        "key": "stages[0].from",
        "problem": "unknown registry `mastr`",
        "hint": "did you mean `a`?",
    }


def test_an_error_is_one_sentence_with_its_advice(log_to):
    stream = log_to()
    tell_error(TransportError("no answer from hub", hint="is it up?"))
    assert stream.getvalue() == "no answer from hub; is it up?\n"


def test_a_bug_is_one_sentence_that_says_where_and_asks_for_a_report(log_to):
    stream = log_to()
    tell_bug(bug(KeyError("password-of-somebody")))
    (line,) = stream.getvalue().splitlines()
    assert line.startswith("this is a bug in reposync: KeyError in test_complaint.py:")
    assert "please report it" in line
    assert "password-of-somebody" not in line


def test_of_several_bugs_at_once_the_first_is_placed(log_to):
    stream = log_to()
    tell_bug(bug(ExceptionGroup("several", [bug(KeyError("a")), bug(ValueError("b"))])))
    assert "KeyError in test_complaint.py" in stream.getvalue()


def test_a_bug_without_a_place_is_told_too(log_to):
    stream = log_to()
    tell_bug(KeyError("a"))
    assert "an unknown place" in stream.getvalue()


def test_the_traceback_of_a_bug_is_for_those_who_debug(log_to):
    stream = log_to(level="debug")
    tell_bug(bug(KeyError("a")))
    assert "Traceback (most recent call last):" in stream.getvalue()
