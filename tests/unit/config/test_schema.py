from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from tests.unit.config.files import with_keys, with_tags

from reposync.config.schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reposync.config.load import Loaded

EXPLAINED = {
    "additionalProperties",
    "dependentRequired",
    "enum",
    "exclusiveMinimum",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "required",
    "type",
}
SAID_BELOW = {"dependentSchemas", "items", "properties", "$ref", "$defs"}
SAID_BEFORE = {"propertyNames"}
ANNOTATIONS = {"$schema", "default", "description", "examples", "title"}


def parts(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield part
    below = [*part.get("$defs", {}).values(), *part.get("properties", {}).values()]
    below += [
        part[key] for key in ("items", "additionalProperties") if isinstance(part.get(key), dict)
    ]
    for each in below:
        yield from parts(each)


def test_the_schema_is_one_of_draft_2020_12():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in schema()
    jsonschema_rs.meta.validate(schema())


def test_every_word_of_the_schema_has_a_sentence():
    used = {word for part in parts(schema()) for word in part}

    assert used - SAID_BELOW - SAID_BEFORE - ANNOTATIONS == EXPLAINED


def test_every_key_is_described():
    keys = {
        key: each
        for part in parts(schema())
        if "number" not in part.get("type", ())  # a map of one key that stands for a text
        for key, each in part.get("properties", {}).items()
    }

    assert [key for key, each in keys.items() if not each.get("description")] == []


def test_no_unknown_key_passes_anywhere():
    structures = [part for part in parts(schema()) if "properties" in part]

    assert len(structures) > 5
    assert all(part["additionalProperties"] is False for part in structures)


@pytest.mark.parametrize("part", [part for part in parts(schema()) if "examples" in part])
def test_every_example_is_legal(part: dict[str, Any]):
    rest = {key: value for key, value in part.items() if key != "$ref"}

    assert all(jsonschema_rs.is_valid(rest, example) for example in part["examples"])


@pytest.mark.parametrize(
    ("written", "read_by_an_editor"),
    [("1.10", 1.1), ("true", True), ("null", None), ("0x10", 16), ("on", "on"), ("1e3", 1000.0)],
)
def test_an_editor_accepts_a_text_that_it_takes_for_something_else(
    load_text: Callable[..., Loaded], written: str, read_by_an_editor: object
):
    rule = {"destination": "a", "repository": "y", "tags": [read_by_an_editor]}
    document = {
        "registries": {"a": {"url": "a.example"}},
        "stages": [{"from": {"source": "a", "repository": "x"}, "to": [rule]}],
    }

    assert jsonschema_rs.is_valid(schema(), document)
    assert load_text(with_tags(f"[{written}]")).config.stages[0].rules[0].tags == (written,)


@pytest.mark.parametrize("read_by_an_editor", ["yes", True])
def test_an_editor_accepts_yes_whichever_yaml_it_speaks(
    load_text: Callable[..., Loaded], read_by_an_editor: object
):
    part = schema()["$defs"]["Registry"]["properties"]["skip-tls-verify"]

    assert jsonschema_rs.is_valid(part, read_by_an_editor)
    assert load_text(with_keys("    skip-tls-verify: yes\n")).config.registries["a"].skip_tls_verify


def test_the_schema_is_made_anew_each_time():
    schema()["properties"].clear()

    assert schema()["properties"].keys() >= {"registries", "stages"}
