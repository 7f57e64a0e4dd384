"""For any file: loading it succeeds or ends in one kind of error, and keeps its texts."""

from __future__ import annotations

import copy
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.config.files import REGISTRIES, STAGES, with_tags

from reposync.config.document import PARSERS, parse
from reposync.config.load import Loaded, load
from reposync.config.schema import schema
from reposync.config.values import read_values
from reposync.errors import ConfigError

# A busy machine is no fault of the code.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}", fullmatch=True) | st.sampled_from(
    ["1.10", "on", "no", "null", "true", "0x10", "1_000", "2024-01-01", "1e3", "0o7", "010", "_"]
)
STYLES = st.sampled_from(["{}", "'{}'", '"{}"', "!!str {}"])
PIECES = st.sampled_from(
    [
        *("a", "registries", "stages", "from", "to", "tags", "url", ": ", ":", "\n", "\n  ", "- "),
        *("? ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<", "!!str ", "!", "'", '"', "|", ">"),
        *("#", "\t", "%YAML 1.1", "---", "...", "~", "\\", "\\ud800", "\ufeff", "\x85", "\0", "é"),
    ]
)
TEXTS = st.text() | st.lists(PIECES, max_size=40).map("".join)
# JSON that is YAML too: a YAML file holds no control characters, and breaks lines at more of them.
JSON_TEXTS = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" 0123456789+"), max_size=8
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | JSON_TEXTS
WORDS = st.sampled_from(["", "a", "yes", "true", "No", "null", "~", "1.10", "maybe", None, 1, True])


def loaded_or_refused(content: bytes) -> Loaded | ConfigError:
    with tempfile.NamedTemporaryFile(suffix=".yml") as file:
        Path(file.name).write_bytes(content)
        try:
            return load(file.name, {}, verify_only=False)
        except ConfigError as error:
            return error


def passes(document: Any) -> bool:
    _, wrong = read_values(parse("f.yml", json.dumps(document, ensure_ascii=False)).root, schema())
    return not wrong


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what is right, and sometimes what is not."""
    maps = st.dictionaries(JSON_TEXTS, SCALARS, max_size=2)
    return st.one_of(right, right, right, SCALARS, st.lists(SCALARS, max_size=2), maps)


def keyed(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return maps with these keys, sometimes with one too few or too many."""
    right = st.fixed_dictionaries(required, optional=optional)
    lacking = st.fixed_dictionaries({}, optional=required)
    more = st.fixed_dictionaries(required, optional={"other": SCALARS, "URL": SCALARS})
    return st.one_of(right, right, right, lacking, more)


REGISTRY = keyed(
    {"url": mostly(WORDS)},
    {"env_user": WORDS, "env_password": WORDS, "skip-tls-verify": mostly(WORDS)},
)
SELECTOR_MAPS = st.dictionaries(
    st.sampled_from(["semver", "regex", "keep", "glob", "other", ""]), WORDS, max_size=2
)
CHOICES = WORDS | st.sampled_from(
    ["strip", "sparse", "never", "if_mutable", "empty", "root", "all", "skip"]
)
OPTIONS = {
    "tags": mostly(st.lists(WORDS | SELECTOR_MAPS, max_size=2)),
    "platforms": mostly(st.lists(WORDS, max_size=2)),
    "platform_mode": mostly(CHOICES),
    "referrers": mostly(
        WORDS | keyed({}, {"artifact_types": mostly(st.lists(WORDS, max_size=2)), "late": CHOICES})
    ),
    "overwrite": mostly(CHOICES),
    "immutable": mostly(st.lists(WORDS | SELECTOR_MAPS, max_size=2)),
}
STAGE_OPTIONS = {**OPTIONS, "on_dependency_failure": mostly(CHOICES)}
RULE = keyed({"destination": WORDS, "repository": WORDS}, OPTIONS)
STAGE = keyed(
    {
        "from": mostly(
            keyed(
                {"source": WORDS, "repository": WORDS},
                {"exclude": mostly(st.lists(WORDS | SELECTOR_MAPS, max_size=2))},
            )
        ),
        "to": mostly(st.lists(mostly(RULE), max_size=2)),
    },
    {"id": WORDS, "depends_on": mostly(st.lists(WORDS, max_size=2)), **STAGE_OPTIONS},
)
REGISTRIES_BY_KEY = st.dictionaries(JSON_TEXTS, mostly(REGISTRY), max_size=2)
DOCUMENTS = mostly(
    keyed(
        {
            "registries": mostly(REGISTRIES_BY_KEY),
            "stages": mostly(st.lists(mostly(STAGE), max_size=2)),
        },
        {
            "defaults": mostly(keyed({}, STAGE_OPTIONS)),
            "fail_on": mostly(st.lists(CHOICES, max_size=2)),
        },
    )
)

RIGHT: dict[str, Any] = {
    "registries": {
        "a": {"url": "a", "env_user": "A", "env_password": "B", "skip-tls-verify": True},
        "b": {"url": "b"},
    },
    "stages": [
        {
            "from": {"source": "a", "repository": "x"},
            "to": [
                {
                    "destination": "b",
                    "repository": "x",
                    "tags": ["1", {"semver": "1"}],
                    "platform_mode": "sparse",
                    "referrers": {"artifact_types": ["a/b"], "late": "all"},
                }
            ],
            "id": "one",
            "depends_on": [],
            "platforms": ["linux/amd64"],
            "overwrite": "never",
            "on_dependency_failure": "skip",
        }
    ],
    "defaults": {"immutable": ["v*"], "referrers": False},
    "fail_on": ["empty"],
}


def places(document: Any) -> list[tuple[Any, Any]]:
    """Return every container of *document* with each of its keys or indexes, in a fixed order."""
    keys = document if isinstance(document, dict) else range(len(document))
    found = []
    for key in keys:
        found.append((document, key))
        if isinstance(document[key], dict | list):
            found += places(document[key])
    return found


PLACES = st.integers(0, len(places(RIGHT)) - 1)
CHANGES: st.SearchStrategy[Any] = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=1), st.just({}), st.just({"a": {}})
)


@untimed
@given(TEXTS)
def test_any_text_is_loaded_or_refused_with_problems(text: str):
    outcome = loaded_or_refused(text.encode("utf-8", "surrogatepass"))

    assert isinstance(outcome, Loaded) or outcome.problems


@untimed
@given(st.binary())
def test_any_bytes_are_loaded_or_refused_with_problems(content: bytes):
    outcome = loaded_or_refused(content)

    assert isinstance(outcome, Loaded) or outcome.problems


@untimed
@given(TEXTS, st.integers(0, len(REGISTRIES + STAGES)))
def test_a_right_file_with_any_text_in_it_is_loaded_or_refused(text: str, position: int):
    right = REGISTRIES + STAGES
    mixed = right[:position] + text + right[position:]
    outcome = loaded_or_refused(mixed.encode("utf-8", "surrogatepass"))

    assert isinstance(outcome, Loaded) or outcome.problems


@pytest.mark.parametrize("parser", PARSERS)
@untimed
@given(text=TEXTS)
def test_either_parser_reads_any_text_or_refuses_it(parser: type, text: str):
    with suppress(ConfigError):
        read_values(parse("f.yml", text, parser).root, schema())


@untimed
@given(st.lists(st.tuples(TAGS, STYLES)))
def test_tags_in_brackets_come_back_as_they_were_written(tags: list[tuple[str, str]]):
    written = ", ".join(style.format(tag) for tag, style in tags)
    outcome = loaded_or_refused(with_tags(f"[{written}]").encode())

    assert isinstance(outcome, Loaded)
    assert outcome.config.stages[0].rules[0].tags == tuple(tag for tag, _ in tags)


@untimed
@given(st.lists(st.tuples(TAGS, STYLES), min_size=1))
def test_tags_in_lines_come_back_as_they_were_written(tags: list[tuple[str, str]]):
    written = "".join(f"\n          - {style.format(tag)}" for tag, style in tags)
    stage = f"""\
stages:
  - from: {{source: a, repository: x}}
    to:
      - destination: b
        repository: x
        tags:{written}
"""
    outcome = loaded_or_refused((REGISTRIES + stage).encode())

    assert isinstance(outcome, Loaded)
    assert outcome.config.stages[0].rules[0].tags == tuple(tag for tag, _ in tags)


@untimed
@given(DOCUMENTS)
def test_what_the_published_schema_accepts_is_what_passes(document: Any):
    assert passes(document) is jsonschema_rs.is_valid(schema(), document)


@untimed
@given(PLACES, CHANGES)
def test_a_changed_value_passes_where_the_published_schema_accepts_it(place: int, change: Any):
    document = copy.deepcopy(RIGHT)
    parent, key = places(document)[place]
    parent[key] = change

    assert passes(document) is jsonschema_rs.is_valid(schema(), document)


@untimed
@given(PLACES, JSON_TEXTS)
def test_a_renamed_key_passes_where_the_published_schema_accepts_it(place: int, name: str):
    document = copy.deepcopy(RIGHT)
    parent, key = places(document)[place]
    value = parent.pop(key)
    if isinstance(parent, dict):
        parent[name] = value

    assert passes(document) is jsonschema_rs.is_valid(schema(), document)
