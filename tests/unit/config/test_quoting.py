"""How to quote what YAML takes for something else; the places are those of its parser."""

from __future__ import annotations

import pytest
from tests.unit.config.files import REGISTRIES

from reposync.config.compose import LIMIT_DEPTH, LIMIT_NODES
from reposync.config.document import PARSERS, parse
from reposync.errors import ConfigError

STAGE = """\
stages:
  - from: {source: a, repository: x/y}
    to:
      - destination: b
        repository: x/y
        tags:
          - latest
          - %s
          - 1.0
"""
# What is in a line, or between the brackets of a list, and what the advice is.
LINES = (
    ("semver: >=1.2", "semver: '>=1.2'"),
    ("semver: >=1.2 <2 || >3", "semver: '>=1.2 <2 || >3'"),
    ("semver: >1", "semver: '>1'"),
    ("semver: > 1.2", "semver: '> 1.2'"),
    ("semver: >-1", "semver: '>-1'"),
    ("semver: *", "semver: '*'"),
    ("semver: >=1.2  # all that we support", "semver: '>=1.2'"),
    ("regex: !foo", "regex: '!foo'"),
    ("regex: !.*-rc.*", "regex: '!.*-rc.*'"),
    ("regex: !^v", "regex: '!^v'"),
    ("regex: ! foo", "regex: '! foo'"),
    ("keep: !(a|b)", "keep: '!(a|b)'"),
    ("keep: !it's", "keep: '!it''s'"),
    ("regex: [0-9]+", "regex: '[0-9]+'"),
    ("glob: *.x", "glob: '*.x'"),
    ("glob: [ab]*", "glob: '[ab]*'"),
    ("glob: {a,b}*", "glob: '{a,b}*'"),
    ("regex: %x", "regex: '%x'"),
    ("regex: |x", "regex: '|x'"),
    ("regex: `x`", "regex: '`x`'"),
    ("regex: a: b", "regex: 'a: b'"),
)
REPOSITORIES = (
    ("{parent}/{basename}", "'{parent}/{basename}'"),
    ("*/app", "'*/app'"),
    ("regex: team/(?P<app>.+)", "'regex: team/(?P<app>.+)'"),
)


def advice(text: str, parser: type) -> str:
    with pytest.raises(ConfigError) as caught:
        parse("f.yml", text, parser)
    return caught.value.problems[0].hint


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("line", "quoted"), LINES)
def test_a_selector_in_a_line_is_shown_in_quotes(line: str, quoted: str, parser: type):
    text = REGISTRIES + STAGE % line

    assert advice(text, parser) == f"put it in quotes: `{quoted}`"


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("line", "quoted"), LINES)
def test_a_selector_in_brackets_is_shown_in_quotes(line: str, quoted: str, parser: type):
    text = REGISTRIES + STAGE % f"x\n        immutable: [v1, {line.partition('  #')[0]}, v2]"

    assert advice(text, parser) == f"put it in quotes: `{quoted}`"


@pytest.mark.parametrize("parser", PARSERS)
def test_a_selector_in_brackets_of_several_lines_is_shown_in_quotes(parser: type):
    text = REGISTRIES + STAGE % "x\n        immutable: [\n          semver: >=1,\n          v1]"

    assert advice(text, parser) == "put it in quotes: `semver: '>=1'`"


def test_a_bracket_that_is_never_closed_is_shown_as_it_stands():
    text = REGISTRIES + STAGE % "x\n        immutable: [regex: !(a"

    assert advice(text, PARSERS[0]) == "put it in quotes: `regex: '!(a'`"


@pytest.mark.parametrize(("line", "quoted"), LINES)
def test_what_is_shown_in_quotes_can_be_written(line: str, quoted: str):
    document = parse("f.yml", REGISTRIES + STAGE % quoted)

    assert document.problems == ()
    assert line.partition("  #")[0].partition(": ")[2] in str(document.root).replace("\\", "")


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("repository", "quoted"), REPOSITORIES)
def test_a_pattern_or_a_template_is_shown_in_quotes(repository: str, quoted: str, parser: type):
    right, written = REGISTRIES + STAGE % "x", f"repository: {repository}"
    in_line = right.replace("repository: x/y\n", f"{written}\n")
    in_braces = right.replace("repository: x/y}", f"{written}}}")

    assert advice(in_line, parser) == f"put it in quotes: `repository: {quoted}`"
    assert advice(in_braces, parser) == f"put it in quotes: `repository: {quoted}`"


def test_a_placeholder_in_braces_is_shown_in_quotes():
    text = REGISTRIES + (STAGE % "x").replace("repository: x/y}", "repository: m/{basename}}")

    assert advice(text, PARSERS[0]) == "put it in quotes: `repository: 'm/{basename}'`"


@pytest.mark.parametrize(
    "text",
    [
        "a: [semver: 1, b: @]\n",
        "{repository: a, url: @}\n",
        "semver: 'a' b\n",
        "a: 'regex: '!x'\n",
        "repository: *unknown\n",
    ],
)
def test_what_is_right_or_in_quotes_is_not_shown(text: str):
    assert "semver: " not in advice(text, PARSERS[0])
    assert "put it in quotes: " not in advice(text, PARSERS[0])


MANY = LIMIT_NODES // 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x\n" + "          - glob: a*\n" * MANY, "use several files"),
        ("x\n        immutable: [" + "glob: '*', " * MANY + "x]", "use several files"),
        (f"regex: {'[' * LIMIT_DEPTH}{']' * LIMIT_DEPTH}", "nest them less deep"),
        ("x\n        immutable: [glob: a glob: b]", "write `,` between its entries"),
        ("x\n        immutable: [glob: a\n      - glob: b", "write `,` between its entries"),
        ('x\n        immutable: [glob: "a" b]', "write `,` between its entries"),
    ],
    ids=["many lines", "many in brackets", "deep", "no comma", "no bracket", "after a quote"],
)
def test_what_no_quotes_would_mend_is_not_advised_to_be_put_in_quotes(line: str, told: str):
    said = advice(REGISTRIES + STAGE % line, PARSERS[0])

    assert told in said
    assert "put it in quotes" not in said


def test_an_empty_text_of_several_lines_is_told():
    with pytest.raises(ConfigError) as caught:
        parse("f.yml", "a:\n  id: |\nb: x\n")

    assert str(caught.value) == (
        "f.yml:2:7: a.id: `|` begins a text in the lines below, and there is none; "
        "put a text that begins with `|` in quotes"
    )
