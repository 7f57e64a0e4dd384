# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import REGISTRIES, STAGES, with_keys, with_tags, with_url

if TYPE_CHECKING:
    from collections.abc import Callable

# What is wrong, a file, and all that is said of it.
BAD_FILES = (
    (
        "nothing in it",
        "",
        ["f.yml:1:1: the file is empty; write the keys `registries` and `stages`"],
    ),
    (
        "nothing but comments",
        "# nothing yet\n---\n",
        ["f.yml:1:1: the file is empty; write the keys `registries` and `stages`"],
    ),
    ("a null", "~\n", ["f.yml:1:1: the file has no value; write the keys `registries`, `stages`"]),
    (
        "a control character",
        with_url("a\x1b"),
        [
            "f.yml:1:24: the character U+001B is not allowed in a YAML file; remove it, or write it as an escape in double quotes"
        ],
    ),
    (
        "a tab that indents",
        with_keys("\tskip-tls-verify: true\n"),
        ["f.yml:5:1: a tab cannot indent; indent with spaces"],
    ),
    (
        "a reserved sign",
        with_url("@a.example"),
        ["f.yml:1:23: a text cannot begin with `@`; put it in quotes"],
    ),
    (
        "a backtick",
        with_url("`a.example`"),
        ["f.yml:1:23: a text cannot begin with a backtick; put it in quotes"],
    ),
    ("a star", with_tags("[*]"), ["f.yml:6:51: a text cannot begin with `*`; put it in quotes"]),
    (
        "a bang",
        with_tags("[!latest]"),
        ["f.yml:6:51: a text cannot begin with `!`; put it in quotes"],
    ),
    (
        "a comparison",
        with_tags("[semver: >=1]"),
        ["f.yml:6:59: a text cannot begin with `>`; put it in quotes: `semver: '>=1'`"],
    ),
    (
        "a colon in a text",
        with_keys("    env_user: A: B\n"),
        [
            "f.yml:5:16: `:` is not allowed here; put a text with `: ` in quotes; or check the indentation and the line before"
        ],
    ),
    (
        "a key without colon",
        with_keys("    env_user\n"),
        ["f.yml:5:5: this line is no `key: value`; write a `:` and a space behind the key"],
    ),
    (
        "a line that is indented too far",
        with_keys("      env_user: A_USER\n"),
        [
            "f.yml:5:15: `:` is not allowed here; put a text with `: ` in quotes; or check the indentation and the line before"
        ],
    ),
    (
        "a line that is indented too little",
        with_keys("   env_user: A_USER\n"),
        [
            "f.yml:5:4: this does not fit what begins in line 2; indent it like its neighbours, or put the whole text in quotes"
        ],
    ),
    (
        "a list in a line",
        with_keys("    env_user: - A\n"),
        ["f.yml:5:15: no list can begin here; begin it in a new line"],
    ),
    (
        "a text that goes on behind its quotes",
        with_keys('    env_user: "A"_USER\n'),
        [
            "f.yml:5:18: this does not fit what begins in line 4; indent it like its neighbours, or put the whole text in quotes"
        ],
    ),
    (
        "a first key that is indented",
        f"  {REGISTRIES}{STAGES}",
        ["f.yml:4:1: this belongs to nothing above it; indent it like the first key of the file"],
    ),
    (
        "an open list",
        with_tags("[a, b"),
        [
            "f.yml:6:55: the list that begins in line 6 goes on here without `,` or `]`; write `,` between its entries and `]` at its end"
        ],
    ),
    (
        "an open map",
        REGISTRIES.replace("a.example}", "a.example") + STAGES,
        [
            "f.yml:3:4: the map that begins in line 2 goes on here without `,` or `}`; write `,` between its entries and `}` at its end; put a text with `:` in quotes"
        ],
    ),
    (
        "open quotes",
        with_keys("    env_user: 'A\n"),
        [
            "f.yml:5:15: the quotes that open here are never closed; write `'` at the end of the text"
        ],
    ),
    (
        "no value before a bracket",
        with_tags("[,]"),
        ["f.yml:6:51: `,` where a value should be; put a text in quotes"],
    ),
    (
        "a backslash in double quotes",
        with_tags('["1\\.0"]'),
        [
            "f.yml:6:51: this text in double quotes holds a backslash that begins no escape; write `\\\\` for a backslash, or use single quotes"
        ],
    ),
    (
        "half a character",
        with_tags('["\\ud83d"]'),
        [
            "f.yml:6:51: this text in double quotes holds a backslash that begins no escape; write `\\\\` for a backslash, or use single quotes"
        ],
    ),
    (
        "an unknown directive",
        "%NO\n---\n" + REGISTRIES + STAGES,
        [
            "f.yml:1:1: a line that begins with `%` has no meaning here; remove it, or put the text in quotes"
        ],
    ),
    (
        "a YAML that is to come",
        "%YAML 2.0\n---\n" + REGISTRIES + STAGES,
        [
            "f.yml:1:1: a line that begins with `%` has no meaning here; remove it, or put the text in quotes"
        ],
    ),
    (
        "a question mark in a text",
        with_keys("    env_user: ? A\n"),
        ["f.yml:5:15: `?` is not allowed here; put it in quotes"],
    ),
    (
        "an odd sign in a tag",
        with_tags("[!a%zz]"),
        ["f.yml:6:51: a text cannot begin with `!`; put it in quotes"],
    ),
    (
        "a second document",
        REGISTRIES + STAGES + "---\n" + STAGES,
        ["f.yml:7:1: a second document begins here; keep one, and remove the `---` between"],
    ),
    (
        "a tag that makes an object",
        with_url("!!python/object/apply:os.system [id]"),
        [
            "f.yml:1:23: registries.a.url: the YAML tag `!!python/object/apply:os.system` has no meaning here; remove it, or put a text that begins with `!` in quotes"
        ],
    ),
    (
        "a tag of no use",
        with_url("!secret a.example"),
        [
            "f.yml:1:23: registries.a.url: the YAML tag `!secret` has no meaning here; remove it, or put a text that begins with `!` in quotes"
        ],
    ),
    (
        "a tag of another kind",
        with_tags("!!map [a]"),
        [
            "f.yml:6:50: stages[0].to[0].tags: the YAML tag `!!map` has no meaning here; remove it, or put a text that begins with `!` in quotes"
        ],
    ),
    (
        "an alias of nothing",
        with_tags("*all"),
        [
            "f.yml:6:50: stages[0].to[0].tags: nothing above has the anchor `&all`; put `*all` in quotes if it is a text"
        ],
    ),
    (
        "an alias in what it means",
        with_tags("&tags [*tags]"),
        [
            "f.yml:6:57: stages[0].to[0].tags[0]: the alias `*tags` is inside its own anchor; remove it"
        ],
    ),
    (
        "a merged text",
        with_keys("    <<: b\n"),
        [
            'f.yml:5:9: registries.a["<<"]: `<<` takes a map or a list of maps; write an alias such as `*name`'
        ],
    ),
    (
        "a list as key",
        with_keys("    [env_user]: A_USER\n"),
        [
            "f.yml:5:5: registries.a: a key must be a text; put a text that begins with { or [ in quotes"
        ],
    ),
    (
        "a duplicate key",
        with_keys("    url: c.example\n"),
        ["f.yml:5:5: registries.a.url: duplicate key, first defined in line 4; keep one"],
    ),
)


@pytest.mark.parametrize(
    ("text", "told"), [pytest.param(*rest, id=name) for name, *rest in BAD_FILES]
)
def test_a_file_that_is_no_usable_yaml_is_told_with_its_place_and_what_to_do(
    problems: Callable[[str], list[str]], text: str, told: list[str]
):
    assert problems(text) == told
