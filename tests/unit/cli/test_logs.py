from __future__ import annotations

import io
import json
import logging
import re

import pytest

from reposync.cli.logs import configure

pytestmark = pytest.mark.usefixtures("restored_logging")
OURS = logging.getLogger("reposync.anything")


@pytest.fixture
def log_to():
    def open_stream(log_format="text", level="info"):
        stream = io.StringIO()
        configure(logging.StreamHandler(stream), log_format, level)
        return stream

    return open_stream


def raised(error):
    """Return *error* with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_text_line_is_time_level_message(log_to):
    stream = log_to()
    OURS.warning("it is %s", "so")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ warning it is so\n", stream.getvalue())


def test_a_bare_record_is_its_message_alone(log_to):
    stream = log_to()
    OURS.error("sync.yml:1:2: wrong", extra={"bare": True})
    assert stream.getvalue() == "sync.yml:1:2: wrong\n"


def test_a_json_line_has_the_time_in_utc_and_the_fields_as_keys(log_to):
    stream = log_to("json")
    OURS.info("two", extra={"event": "images_selected", "fields": {"stage": "s", "count": 2}})
    line = json.loads(stream.getvalue())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("ts"))
    assert line == {
        "level": "info",
        "event": "images_selected",
        "message": "two",
        "stage": "s",
        "count": 2,
    }


def test_a_json_line_of_no_event_is_a_message(log_to):
    stream = log_to("json")
    OURS.warning("trying again")
    assert json.loads(stream.getvalue())["event"] == "message"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_that_is_logged_can_steer_a_terminal_or_begin_a_line(log_to, log_format):
    stream = log_to(log_format)
    bad = "a\x1b[2Jb\r\nc\u202ed\x9be"
    OURS.error("%s", bad, extra={"fields": {"tag": bad, "tags": [bad, {"tag": bad}], "no": None}})
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert not set(written) & set("\x1b\r\u202e\x9b")
    assert "u001b" not in written


def test_a_text_traceback_stands_below_its_line_without_steering_anything(log_to):
    stream = log_to()
    OURS.error("broken", exc_info=raised(ValueError("\x1b[2J")))
    first, second, *rest = stream.getvalue().splitlines()
    assert first.endswith("error   broken")
    assert second == "Traceback (most recent call last):"
    assert any(line.startswith("    raise") for line in rest)
    assert "\x1b" not in stream.getvalue()


def test_a_json_traceback_stands_in_its_line(log_to):
    stream = log_to("json")
    OURS.error("broken", exc_info=raised(ValueError("no")))
    assert json.loads(stream.getvalue())["traceback"][-1] == "ValueError: no"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_lines_below_the_level_are_not_told(log_to, level, told):
    stream = log_to("json", level)
    for name in ("debug", "info", "warning", "error"):
        getattr(OURS, name)(name)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == told


def test_of_other_libraries_only_warnings_are_told(log_to):
    stream = log_to("text", "debug")
    logging.getLogger("asyncio").info("no")
    logging.getLogger("asyncio").warning("yes")
    assert stream.getvalue().endswith("warning yes\n")
    assert stream.getvalue().count("\n") == 1


def test_to_configure_again_leaves_nothing_to_the_handler_before(log_to):
    before, after = log_to(), log_to()
    OURS.warning("once")
    assert before.getvalue() == ""
    assert after.getvalue().count("once") == 1
