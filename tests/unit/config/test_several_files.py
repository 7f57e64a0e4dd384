# ruff: noqa: E501 -- a message is in one line, as users read it
"""Several files mean what one file with all of them would; each is told by its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reposync.config.load import load
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.config.load import Loaded

REGISTRIES = "registries:\n  a: {url: a.example}\n  b: {url: b.example}\n"
OTHERS = "registries:\n  c: {url: c.example}\n"


def stages(*keys: str, source: str = "a", destination: str = "b") -> str:
    lines = (
        f"  - {{from: {{source: {source}, repository: r{number}}}, "
        f"to: [{{destination: {destination}, repository: m{number}}}]{text and ', '}{text}}}\n"
        for number, text in enumerate(keys)
    )
    return f"stages:\n{''.join(lines)}"


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Loaded]:
    """Load texts from files that are called 1.yml, 2.yml and so on."""
    monkeypatch.chdir(tmp_path)

    def loaded(*texts: str | bytes) -> Loaded:
        names = []
        for number, text in enumerate(texts, 1):
            names.append(f"{number}.yml")
            content = text if isinstance(text, bytes) else text.encode()
            (tmp_path / names[-1]).write_bytes(content)
        return load(names, {}, verify_only=False)

    return loaded


@pytest.fixture
def problems(loaded: Callable[..., Loaded]) -> Callable[..., list[str]]:
    def problems(*texts: str | bytes) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loaded(*texts)
        return [str(each) for each in caught.value.problems]

    return problems


def test_registries_and_stages_of_all_files_are_one_configuration(loaded: Callable[..., Loaded]):
    first, second = REGISTRIES + stages("id: one", "id: two"), OTHERS + stages("id: three")

    several = loaded(first, second).config

    assert list(several.registries) == ["a", "b", "c"]
    assert several.stage_names == ("one", "two", "three")


def test_a_file_may_have_what_another_needs(loaded: Callable[..., Loaded]):
    config = loaded(REGISTRIES, stages("id: one"), stages("depends_on: [one]")).config

    assert config.stages[1].depends_on == ("one",)


def test_stages_without_an_id_are_numbered_through_all_files(loaded: Callable[..., Loaded]):
    config = loaded(REGISTRIES + stages("", ""), stages("")).config

    assert config.stage_names == ("stages[0]", "stages[1]", "stages[2]")


def test_keys_for_the_whole_are_in_one_file_and_hold_for_all(loaded: Callable[..., Loaded]):
    config = loaded(
        REGISTRIES + stages(""), "defaults: {tags: [v1]}\nfail_on: [empty]\n" + stages("")
    ).config

    assert config.defaults.tags == ("v1",)
    assert config.fail_on == ("empty",)
    assert len(config.stages) == 2


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            REGISTRIES + stages(""),
            "registries:\n  c: {url: c.example}\n  b: {url: b.example}\n",
            "2.yml:3:3: registries.b: duplicate key, first defined in 1.yml:3; keep one",
        ),
        (
            REGISTRIES + stages("") + "defaults: {}\n",
            "\ndefaults: {}\n",
            "2.yml:2:1: defaults: duplicate key, first defined in 1.yml:6; keep one",
        ),
        (
            REGISTRIES + stages("") + "fail_on: [empty]\n",
            "fail_on: [empty]\n",
            "2.yml:1:1: fail_on: duplicate key, first defined in 1.yml:6; keep one",
        ),
        (
            REGISTRIES + stages("", "id: one"),
            stages("id: one"),
            "2.yml:2:85: stages[0].id: `one` is the id of another stage in 1.yml:6; give each stage its own",
        ),
    ],
)
def test_what_collides_is_an_error_that_names_both_places(
    problems: Callable[..., list[str]], first: str, second: str, told: str
):
    assert problems(first, second) == [told]


def test_two_images_for_one_tag_are_told_across_files(problems: Callable[..., list[str]]):
    stage = "stages: [{{from: {{source: a, repository: {}}}, to: [{}]}}]\n"
    rule = "{destination: b, repository: m, tags: [v1]}"

    (problem,) = problems(REGISTRIES + stage.format("x", rule), "\n" + stage.format("y", rule))

    assert problem.startswith("2.yml:2:89: stages[0].to[0].tags[0]: `b.example/m:v1` would get two")
    assert "and that of `a.example/x` in 1.yml:4; " in problem


def test_each_mistake_is_told_with_its_file_and_its_place_there_all_at_once(
    problems: Callable[..., list[str]],
):
    lines = problems(
        OTHERS + stages("", "", destination="nowhere"),
        "registries: {d: {urll: d.example}}\n" + stages("", "depends_on: [nobody]"),
        REGISTRIES + "version: 1\nstages: [{from: {source: c, repository: UPPER}, to: []}]\n",
    )

    assert [
        line.partition(": ")[0] + line.partition(": ")[2].partition(":")[0] for line in lines
    ] == [
        "1.yml:4:60stages[0].to[0].destination",
        "1.yml:5:60stages[1].to[0].destination",
        "2.yml:1:18registries.d.urll",
        "2.yml:4:94stages[1].depends_on[0]",
        "3.yml:4:1version",
        "3.yml:5:41stages[0].from.repository",
        "3.yml:5:53stages[0].to",
    ]


def test_problems_are_in_the_order_of_the_files(tmp_path: Path):
    (tmp_path / "z.yml").write_text(REGISTRIES + stages("idd: x"))
    (tmp_path / "a.yml").write_text(stages("idd: x"))
    paths = [str(tmp_path / name) for name in ("z.yml", "a.yml")]

    with pytest.raises(ConfigError) as caught:
        load(paths, {}, verify_only=False)

    assert [problem.path for problem in caught.value.problems] == paths


def test_files_that_cannot_be_read_are_told_together(problems: Callable[..., list[str]]):
    lines = problems("a: [", b"\xff", "a: 1\na: 2\n", "")

    assert [line.partition(": ")[0] for line in lines] == [
        "1.yml:2:1",
        "2.yml:1:1",
        "3.yml:2:1",
        "4.yml:1:1",
    ]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            REGISTRIES + stages(""),
            "- x\n",
            ["2.yml:1:1: the file is a list, must be a map; write `key: value` lines without `- `"],
        ),
        (
            "- x\n",
            REGISTRIES + stages(""),
            ["1.yml:1:1: the file is a list, must be a map; write `key: value` lines without `- `"],
        ),
        (
            REGISTRIES + stages(""),
            "stages: {from: x}\n",
            ["2.yml:1:9: stages: is a map, must be a list; begin each entry with `- `"],
        ),
        (
            "registries: [a]\n" + stages(""),
            REGISTRIES,
            [
                "1.yml:1:13: registries: is a list, must be a map; write `key: value` lines without `- `"
            ],
        ),
        (
            REGISTRIES,
            "stages:\n",
            ["2.yml:1:8: stages: has no value; write a list"],
        ),
        (
            OTHERS,
            "relay: native\n",
            ["1.yml:1:1: stages: this key is missing; write a list"],
        ),
    ],
)
def test_what_cannot_be_put_together_is_told_once(
    problems: Callable[..., list[str]], first: str, second: str, told: list[str]
):
    assert problems(first, second) == told


def test_a_place_is_told_in_its_file(loaded: Callable[..., Loaded]):
    found = loaded(REGISTRIES + stages("", ""), OTHERS + "\n" + stages("", ""))

    assert found.where(("stages", 3, "from", "source")) == "2.yml:6:21"
    assert found.where(("registries", "c")) == "2.yml:2:6"
