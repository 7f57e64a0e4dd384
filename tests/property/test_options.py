"""For any options of a file: the nearest applies, and every valid file is loaded."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reposync.config.inheritance import DEFAULTS, effective, origin
from reposync.config.load import Loaded, load
from reposync.config.options import Options, Referrers
from reposync.oci.platform import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

# A busy machine is no fault of the code.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SELECTORS = st.sampled_from(
    [
        *("latest", "1.10", "v1.2.3", f"sha256:{'0' * 64}", f"v9@sha256:{'1' * 64}"),
        *("glob: v*", "regex: !.*-rc.*", "semver: >=1.2 <2 || 3.x", "keep: latest 3", "keep: .+"),
    ]
)
PLATFORMS = st.sampled_from(["linux/amd64", "linux/arm64/v8", "windows/amd64", "linux/riscv64"])
PATTERNS = st.sampled_from(["v*", "regex: v[0-9]+", "[0-9]*", "stable"])
TYPES = st.sampled_from(["application/spdx+json", "application/vnd.in-toto+json"])
REFERRERS = st.booleans() | st.fixed_dictionaries(
    {},
    optional={
        "artifact_types": st.lists(TYPES, max_size=2),
        "late": st.sampled_from(["root", "all", "none"]),
    },
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(SELECTORS, max_size=3),
        "platforms": st.lists(PLATFORMS, max_size=2),
        "platform_mode": st.sampled_from(["strip", "sparse"]),
        "referrers": REFERRERS,
        "overwrite": st.sampled_from(["always", "never"]),
        "immutable": st.lists(PATTERNS, max_size=2),
    },
)


def loaded(document: Any) -> Loaded:
    with tempfile.NamedTemporaryFile(suffix=".yml") as file:
        Path(file.name).write_text(json.dumps(document), encoding="utf-8")
        return load(file.name, {}, verify_only=False)


def spelled_out(options: dict[str, Any]) -> dict[str, Any]:
    """Write every selector as the map that YAML makes of it without quotes."""
    tags = [
        dict([each.split(": ", 1)]) if ": " in each else each for each in options.get("tags", ())
    ]
    return options | ({"tags": tags} if "tags" in options else {})


def document(defaults: Any, stage: Any, rule: Any) -> Any:
    return {
        "registries": {"a": {"url": "a.example"}, "b": {"url": "oci:out"}},
        "defaults": defaults,
        "stages": [
            {
                "from": {"source": "a", "repository": "team/*"},
                "to": [{"destination": "b", "repository": "{basename}", **rule}],
                **stage,
            }
        ],
    }


def nearest(levels: Sequence[dict[str, Any]], key: str) -> Any:
    said = (level[key] for level in levels if key in level)
    default = getattr(DEFAULTS, key)
    return next(said, list(default) if isinstance(default, tuple) else default)


@untimed
@given(OPTIONS, OPTIONS, OPTIONS)
def test_of_each_option_the_nearest_holds(defaults: Any, stage: Any, rule: Any):
    levels = (rule, stage, defaults)
    config = loaded(document(defaults, stage, rule)).config
    held = effective(config, config.stages[0], config.stages[0].rules[0])

    for key in ("tags", "immutable"):
        assert list(getattr(held, key)) == nearest(levels, key)
    assert held.platforms == tuple(map(parse, nearest(levels, "platforms")))
    assert held.platform_mode == nearest(levels, "platform_mode")
    assert held.overwrite == nearest(levels, "overwrite")
    match nearest(levels, "referrers"):
        case False:
            assert held.referrers is None
        case True:
            assert held.referrers == Referrers()
        case said:
            types = tuple(said.get("artifact_types", ()))
            late = said.get("late", "root")
            assert held.referrers == Referrers(artifact_types=types, late=late)


@untimed
@given(OPTIONS, OPTIONS, OPTIONS)
def test_an_option_comes_from_the_nearest_that_says_it(defaults: Any, stage: Any, rule: Any):
    config = loaded(document(defaults, stage, rule)).config
    paths = (
        (("stages", 0, "to", 0), rule),
        (("stages", 0), stage),
        (("defaults",), defaults),
    )

    for key in Options.__struct_fields__:
        said = next(((*path, key) for path, options in paths if key in options), None)
        assert origin(config, 0, 0, key) == said


@untimed
@given(OPTIONS, OPTIONS, OPTIONS)
def test_a_selector_means_the_same_as_a_map(defaults: Any, stage: Any, rule: Any):
    texts = loaded(document(defaults, stage, rule))
    maps = loaded(document(*map(spelled_out, (defaults, stage, rule))))

    assert maps.config == texts.config
