from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reposync.config.inheritance import Settings, effective, origin
from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.config.options import Options, Referrers, StageOptions
from reposync.oci.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.config.load import Loaded

TEXT = """\
registries: {a: {url: a.example}}
defaults:
  tags: ["semver: >=1", "keep: latest 3"]
  overwrite: never
stages:
  - from: {source: a, repository: x}
    tags:
      - v1
      - semver: ^2
    to:
      - {destination: a, repository: y}
      - {destination: a, repository: z, tags: [v2]}
  - from: {source: a, repository: x}
    to: [{destination: a, repository: w}]
"""


def one_stage(*, defaults: Options, stage: Options, rule: Options) -> Config:
    def keys(options: Options) -> dict[str, object]:
        return {key: getattr(options, key) for key in Options.__struct_fields__}

    rules = (Rule(destination="a", repository="y", **keys(rule)),)  # type: ignore[arg-type]
    return Config(
        registries={"a": Registry(url="a")},
        stages=(
            Stage(source=Source(source="a", repository="x"), rules=rules, **keys(stage)),  # type: ignore[arg-type]
        ),
        defaults=StageOptions(**keys(defaults)),  # type: ignore[arg-type]
    )


def found(config: Config) -> Settings:
    return effective(config, config.stages[0], config.stages[0].rules[0])


def test_a_file_that_says_nothing_means_all_tags_all_platforms_and_their_referrers():
    config = one_stage(defaults=Options(), stage=Options(), rule=Options())

    assert found(config) == Settings(
        tags=(),
        tag="{tag}",
        platforms=(),
        platform_mode="strip",
        referrers=Referrers(artifact_types=(), late="root"),
        overwrite="always",
        immutable=(),
    )


def test_of_a_key_the_nearest_holds():
    far, near, nearest = (Options(tags=(tag,)) for tag in ("far", "near", "nearest"))

    assert found(one_stage(defaults=far, stage=near, rule=nearest)).tags == ("nearest",)
    assert found(one_stage(defaults=far, stage=near, rule=Options())).tags == ("near",)
    assert found(one_stage(defaults=far, stage=Options(), rule=Options())).tags == ("far",)


def test_a_template_of_tags_is_inherited_and_can_be_undone():
    far, near = Options(tag="{tag}-far"), Options(tag="{tag}")

    assert found(one_stage(defaults=far, stage=Options(), rule=Options())).tag == "{tag}-far"
    assert found(one_stage(defaults=far, stage=Options(), rule=near)).tag == "{tag}"


def test_each_key_is_inherited_for_itself():
    config = one_stage(
        defaults=Options(tags=("v1",), overwrite="never"),
        stage=Options(platforms=("linux/amd64", "linux/arm64/v8"), overwrite="always"),
        rule=Options(platform_mode="sparse", immutable=("v*",)),
    )

    assert found(config) == Settings(
        tags=("v1",),
        tag="{tag}",
        platforms=(Platform("linux", "amd64"), Platform("linux", "arm64", "v8")),
        platform_mode="sparse",
        referrers=Referrers(),
        overwrite="always",
        immutable=("v*",),
    )


def test_an_empty_list_that_is_written_is_a_value():
    near = Options(tags=(), platforms=(), immutable=())
    far = Options(tags=("v1",), platforms=("linux/amd64",), immutable=("v*",))
    settings = found(one_stage(defaults=far, stage=Options(), rule=near))

    assert (settings.tags, settings.platforms, settings.immutable) == ((), (), ())


def test_false_leaves_the_referrers_that_defaults_want_behind():
    wanted = Options(referrers=Referrers(late="all"))

    assert found(one_stage(defaults=wanted, stage=Options(), rule=Options())).referrers
    assert (
        found(one_stage(defaults=wanted, stage=Options(), rule=Options(referrers=False))).referrers
        is None
    )


def test_true_means_all_referrers_whatever_defaults_narrow():
    narrow = Options(referrers=Referrers(artifact_types=("a/b",), late="none"))

    assert (
        found(one_stage(defaults=narrow, stage=Options(referrers=True), rule=Options())).referrers
        == Referrers()
    )


@pytest.mark.parametrize(
    ("stage", "rule", "path", "where"),
    [
        (0, 0, ("stages", 0, "tags"), "f.yml:8:7"),
        (0, 1, ("stages", 0, "to", 1, "tags"), "f.yml:12:47"),
        (1, 0, ("defaults", "tags"), "f.yml:3:9"),
    ],
)
def test_where_tags_come_from_is_known(
    load_text: Callable[..., Loaded], stage: int, rule: int, path: tuple[str | int, ...], where: str
):
    loaded = load_text(TEXT)

    assert origin(loaded.config, stage, rule, "tags") == path
    assert loaded.where(path) == where


def test_what_no_line_says_comes_from_nowhere(load_text: Callable[..., Loaded]):
    assert origin(load_text(TEXT).config, 0, 0, "immutable") is None


def test_each_selector_has_its_place(load_text: Callable[..., Loaded]):
    loaded = load_text(TEXT)

    assert [loaded.where(("stages", 0, "tags", position)) for position in (0, 1)] == [
        "f.yml:8:9",
        "f.yml:9:9",
    ]
    assert loaded.where(("defaults", "tags", 1)) == "f.yml:3:25"


def test_a_selector_that_yaml_makes_a_map_is_the_text_that_was_meant(
    load_text: Callable[..., Loaded],
):
    config = load_text(TEXT).config

    assert config.stages[0].tags == ("v1", "semver: ^2")
    assert config.defaults.tags == ("semver: >=1", "keep: latest 3")
