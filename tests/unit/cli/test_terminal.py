from __future__ import annotations

import io

import pytest

from reposync.cli.terminal import wants_progress, wants_table


class Terminal(io.StringIO):
    def isatty(self):
        return True


XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), XTERM, True),
        (Terminal(), XTERM | {"CI": "false"}, True),
        (Terminal(), XTERM | {"NO_COLOR": "1"}, True),
        (Terminal(), XTERM | {"CI": "true"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, False),
        (io.StringIO(), XTERM, False),
        (io.StringIO(), XTERM | {"FORCE_COLOR": "1"}, False),
    ],
)
def test_progress_is_drawn_where_somebody_watches(stream, environ, wanted):
    assert wants_progress(stream, environ) is wanted


@pytest.mark.parametrize(
    ("stream", "environ", "wanted"),
    [
        (Terminal(), XTERM, True),
        (Terminal(), XTERM | {"CI": "true"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), XTERM, False),
        (io.StringIO(), XTERM | {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), XTERM | {"FORCE_COLOR": ""}, False),
    ],
)
def test_the_table_is_drawn_on_terminals_and_where_colours_are_forced(stream, environ, wanted):
    assert wants_table(stream, environ) is wanted
