from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import pytest
from tests.unit.config import test_bad_yaml
from tests.unit.config.files import STAGES

from reposync.config.compose import LIMIT_DEPTH, LIMIT_NODES
from reposync.config.document import PARSERS, parse
from reposync.config.nodes import Map, Scalar
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.config.load import Loaded

# A null is no matter of syntax. Of the others libyaml refuses both; PyYAML's own parser passes over
# the one, and finds other words for the other.
WORDS_DIFFER = {"a null", "an unknown directive", "half a character"}
LAUGHS = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)
)
BOMBS = {
    "brackets": "[" * 100_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "indentation": "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
    "aliases of aliases": LAUGHS,
    "a chain of aliases": "- &a0 [x]\n"
    + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 100_000)),
    "a chain of merges": "- &a0 {k: x}\n"
    + "".join(f"- &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 100_000)),
    "many merges": f"- &a {{{', '.join(f'k{n}: x' for n in range(1000))}}}\n"
    + "- {<<: [*a, *a, *a]}\n" * 1000,
    "many values": f"[{'x, ' * (LIMIT_NODES + 1)}]",
}
GROWTH_LIMIT_KIB = 100 * 1024


def told(text: str, parser: type = PARSERS[0]) -> list[str]:
    try:
        return [str(problem) for problem in parse("f.yml", text, parser).problems]
    except ConfigError as error:
        return str(error).splitlines()


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("text", BOMBS.values(), ids=list(BOMBS))
def test_a_small_file_that_means_a_large_one_is_refused_in_little_time_and_memory(
    text: str, parser: type
):
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = time.process_time()

    [problem] = told(text, parser)

    assert "more than" in problem
    assert time.process_time() - started_s < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < GROWTH_LIMIT_KIB


def test_the_limits_are_told():
    [deep], [many] = told("[" * (LIMIT_DEPTH + 1)), told(BOMBS["aliases of aliases"])

    assert deep == ("f.yml:1:65: lists and maps are nested more than 64 deep; nest them less deep")
    assert many == (
        "f.yml:5:45: the file means more than 100,000 values when its aliases are followed; "
        "use fewer aliases, or several files"
    )
    [plain] = told(f"[{'x, ' * LIMIT_NODES}]")
    assert plain.partition(": ")[2] == (
        "the file holds more than 100,000 values; use several files, or patterns in the place of "
        "lists"
    )


def test_what_is_within_the_limits_passes():
    assert told("[" * LIMIT_DEPTH + "]" * LIMIT_DEPTH) == []
    assert told(f"[{'x, ' * (LIMIT_NODES - 1)}]") == []


@pytest.mark.parametrize(
    "text", [text for name, text, _ in test_bad_yaml.BAD_FILES if name not in WORDS_DIFFER]
)
def test_both_parsers_lead_to_the_same_words(text: str):
    first, *others = [told(text, parser) for parser in PARSERS]

    assert first
    assert all(other == first for other in others)


def test_half_a_character_is_refused_by_both_parsers():
    assert all(told('a: "\\ud83d"\n', parser) for parser in PARSERS)


def test_anchors_aliases_and_merge_keys_work(load_text: Callable[..., Loaded]):
    text = f"""\
registries:
  a: &ours
    url: a.example
    env_user: A_USER
    env_password: A_PASSWORD
  b: {{<<: *ours, url: b.example}}
{STAGES.replace("x/y}]", "x/y, tags: &tags [v1]}]")}\
  - from: {{source: b, repository: z}}
    to: [{{destination: a, repository: z, tags: *tags}}]
"""
    config = load_text(text).config

    assert config.registries["b"].url == "b.example"
    assert config.registries["b"].env_user == "A_USER"
    assert config.stages[1].rules[0].tags == ("v1",)


def merged(text: str) -> dict[str, str]:
    root = parse("f.yml", text).root
    assert isinstance(root, Map)
    last = root.entries["last"].value
    assert isinstance(last, Map)
    return {
        key: entry.value.text
        for key, entry in last.entries.items()
        if isinstance(entry.value, Scalar)
    }


def test_of_a_list_of_merged_maps_the_earlier_wins():
    text = "one: &one {a: 1}\ntwo: &two {a: 2, b: 2}\nlast: {<<: [*one, *two], c: 3}\n"

    assert merged(text) == {"c": "3", "a": "1", "b": "2"}


def test_a_second_merge_wins_over_the_first_as_it_always_did():
    text = "one: &one {a: 1}\ntwo: &two {a: 2}\nlast:\n  <<: *one\n  <<: *two\n"

    assert merged(text) == {"a": "2"}


def test_a_merge_key_in_quotes_is_a_key():
    assert merged("last: {'<<': a}\n") == {"<<": "a"}


def test_what_is_wrong_in_an_aliased_part_is_told_where_it_stands(
    problems: Callable[[str], list[str]],
):
    text = (
        f"registries:\n  a: &a {{url: a.example, x: 1}}\n  b: *a\n{STAGES.replace('x/y}]', 'z}]')}"
    )

    assert [line.partition(": unknown")[0] for line in problems(text)] == [
        "f.yml:2:26: registries.a.x",
        "f.yml:2:26: registries.b.x",
    ]


@pytest.mark.parametrize("tagged", ["!!str v1", "! v1", "!!str 'v1'", '"v1"', "|-\n  v1", "v1"])
def test_a_text_is_the_same_however_it_is_written(tagged: str):
    root = parse("f.yml", f"last: {{}}\nkey: {tagged}\n").root

    assert isinstance(root, Map)
    assert isinstance(root.entries["key"].value, Scalar)
    assert root.entries["key"].value.text == "v1"


def test_json_is_yaml(load_text: Callable[..., Loaded]):
    text = """{"registries": {"a": {"url": "a.example"}}, "stages": [{"from":
        {"source": "a", "repository": "x"}, "to": [{"destination": "a", "repository": "y"}]}]}"""

    assert load_text(text).config.registries["a"].url == "a.example"


def test_a_column_counts_characters_and_not_bytes():
    assert told("é: 1\nb: {é: 1, é: 2}\n") == [
        "f.yml:2:11: b.é: duplicate key, first defined in line 2; keep one"
    ]
