"""`on_dependency_failure`: where it may be, which value holds, and what the engine gets."""

from __future__ import annotations

import pytest
from tests.unit.config.files import REGISTRIES

from reposync.config.load import load
from reposync.errors import ConfigError
from reposync.sync.stages import OnDependencyFailure
from reposync.wiring.stages import stages_of

SKIP, CONTINUE = OnDependencyFailure.SKIP, OnDependencyFailure.CONTINUE


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def loaded(content):
        (tmp_path / "f.yml").write_text(content)
        return load("f.yml", {}, verify_only=False)

    return loaded


def text(*, defaults="", stage="", rule="", needs="[first]"):
    return f"""\
{REGISTRIES}
defaults: {{{defaults}}}
stages:
  - {{id: first, from: {{source: a, repository: x}}, to: [{{destination: b, repository: x}}]}}
  - from: {{source: a, repository: y}}
    to: [{{destination: b, repository: y{rule}}}]
    depends_on: {needs}
    {stage}
"""


@pytest.mark.parametrize(
    ("defaults", "stage", "expected"),
    [
        ("", "", CONTINUE),
        ("", "on_dependency_failure: skip", SKIP),
        ("on_dependency_failure: skip", "", SKIP),
        ("on_dependency_failure: skip", "on_dependency_failure: continue", CONTINUE),
    ],
)
def test_the_nearest_value_holds(loaded, defaults, stage, expected):
    found = loaded(text(defaults=defaults, stage=stage))
    assert stages_of(found.config)[1].on_dependency_failure is expected
    assert found.warnings == ()


def test_a_stage_that_depends_on_none_is_warned_that_the_key_has_no_use(loaded):
    found = loaded(text(stage="on_dependency_failure: skip", needs="[]"))
    (warning,) = found.warnings
    assert str(warning) == (
        "f.yml:11:5: stages[1].on_dependency_failure: this key has no use without `depends_on`; "
        "name the stages that this one depends on, or remove it"
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"stage": "on_dependency_failure: stop"},
            "on_dependency_failure: is `stop`, must be `continue` or `skip`",
        ),
        (
            {"stage": "on_dependency_failures: skip"},
            "unknown key; did you mean `on_dependency_failure`?",
        ),
        ({"rule": ", on_dependency_failure: skip"}, "on_dependency_failure: unknown key"),
    ],
)
def test_what_is_wrong_is_named(loaded, parts, said):
    with pytest.raises(ConfigError) as caught:
        loaded(text(**parts))
    assert said in str(caught.value)
