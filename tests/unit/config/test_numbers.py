"""Numbers: what is one in the file, in its schema and to the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from tests.unit.config.files import with_keys

from reposync.config.schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.config.load import Loaded

REGISTRY = schema()["$defs"]["Registry"]["properties"]


@pytest.mark.parametrize(
    ("key", "written", "number"),
    [
        ("hub_reserve", "20", 20),
        ("hub_reserve", "'20'", 20),
        ("hub_reserve", "0", 0),
        ("hub_reserve", "010", 10),
        ("hub_reserve", "null", None),
        ("hub_reserve", "~", None),
        ("max_concurrent_requests", "2", 2),
        ("max_concurrent_requests", "'016'", 16),
        ("requests_per_second", "10", 10),
        ("requests_per_second", "0.5", 0.5),
        ("requests_per_second", "'0.5'", 0.5),
        ("requests_per_second", ".5", 0.5),
        ("requests_per_second", "5.", 5),
    ],
)
def test_a_number_is_one_with_quotes_and_without(
    load_text: Callable[..., Loaded], key: str, written: str, number: float | None
) -> None:
    registry = load_text(with_keys(f"    {key}: {written}\n")).config.registries["a"]

    assert getattr(registry, key) == number


@pytest.mark.parametrize(
    ("key", "written", "said"),
    [
        ("hub_reserve", "ten", "is `ten`, must be a whole number from 0 to 999999999"),
        ("hub_reserve", "-1", "is `-1`, must be a whole number from 0 to 999999999"),
        (
            "hub_reserve",
            "1000000000",
            "is `1000000000`, must be a whole number from 0 to 999999999",
        ),
        ("hub_reserve", "0.5", "is `0.5`, must be a whole number from 0 to 999999999"),
        ("hub_reserve", "1_000", "is `1_000`, must be a whole number from 0 to 999999999"),
        ("hub_reserve", "true", "is `true`, must be a whole number from 0 to 999999999"),
        ("hub_reserve", "''", "is ``, must be a whole number from 0 to 999999999"),
        ("hub_reserve", "9" * 30, "is `999999999999999999999999999999`, must be a whole number"),
        ("max_concurrent_requests", "'1'", "is `1`, must be a whole number from 2 to 999999999"),
        ("requests_per_second", "0.0", "is `0.0`, must be a number above 0 and at most 999999"),
        ("requests_per_second", "10/s", "is `10/s`, must be a number above 0 and at most 999999"),
        ("requests_per_second", ".nan", "is `.nan`, must be a number above 0 and at most 999999"),
    ],
)
def test_what_is_none_or_out_of_bounds_is_told_with_an_example(
    problems: Callable[[str], list[str]], key: str, written: str, said: str
) -> None:
    (problem,) = problems(with_keys(f"    {key}: {written}\n"))

    assert f"registries.a.{key}: {said}" in problem
    assert f"; write, for example, `{key}: " in problem


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[20]", "is a list, must be a whole number from 0 to 999999999"),
        ("{a: 20}", "is a map, must be a whole number from 0 to 999999999"),
        ("", "has no value; write a whole number from 0 to 999999999, or leave the key out"),
    ],
)
def test_another_thing_in_the_place_of_a_number_is_told_by_its_kind(
    problems: Callable[[str], list[str]], written: str, said: str
) -> None:
    (problem,) = problems(with_keys(f"    hub_reserve: {written}\n"))

    assert problem.endswith(f"registries.a.hub_reserve: {said}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hub_reserve", 20),
        ("hub_reserve", "20"),
        ("max_concurrent_requests", "10"),
        ("requests_per_second", 0.5),
        ("requests_per_second", "0.5"),
    ],
)
def test_an_editor_accepts_a_number(key: str, value: object) -> None:
    assert jsonschema_rs.is_valid(REGISTRY[key], value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hub_reserve", "ten"),
        ("hub_reserve", -1),
        ("hub_reserve", 0.5),
        ("hub_reserve", True),
        ("max_concurrent_requests", 1),
        ("max_concurrent_requests", "1"),
        ("requests_per_second", 0),
        ("requests_per_second", "0.0"),
        ("requests_per_second", "fast"),
    ],
)
def test_an_editor_marks_what_is_no_number(key: str, value: object) -> None:
    assert not jsonschema_rs.is_valid(REGISTRY[key], value)


def test_no_text_of_the_schema_is_a_number_by_its_examples() -> None:
    texts = {key: part for key, part in REGISTRY.items() if "boolean" in part.get("type", ())}

    assert not [key for key, part in texts.items() if 20 in part.get("examples", ())]
