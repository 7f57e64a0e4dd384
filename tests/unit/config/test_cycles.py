"""Cycles: tags that would move on in every run are told when the file is checked."""

from __future__ import annotations

import pytest

HINT = (
    "; remove one of these copies, write `overwrite: never` at one so that it only adds tags "
    "that are missing, or let one stage wait for the other by `depends_on`"
)
REGISTRIES = (
    "registries: {a: {url: a.example}, b: {url: b.example}, c: {url: c.example}}\nstages:\n"
)


def stage(source, destination, *, tags="", repository="app", to="", **more):
    """Write a stage in one line; *more* are keys of the stage."""
    keys = "".join(f", {key}: {text}" for key, text in more.items())
    tags = f", tags: {tags}" if tags else ""
    there = f"{{destination: {destination}, repository: '{to or repository}'{tags}}}"
    return f"  - {{from: {{source: {source}, repository: '{repository}'}}, to: [{there}]{keys}}}\n"


BOTH_WAYS = [
    ("every tag", stage("a", "b") + stage("b", "a"), "a.example/app", "b.example/app"),
    (
        "one tag",
        stage("a", "b", tags="['1', x]") + stage("b", "a", tags="[x]"),
        "a.example/app:x",
        "b.example/app:x",
    ),
    (
        "a tag and every tag",
        stage("a", "b", tags="[x]") + stage("b", "a"),
        "a.example/app:x",
        "b.example/app:x",
    ),
    (
        "a tag and a glob",
        stage("a", "b", tags="['glob: v*']") + stage("b", "a", tags="[v1]"),
        "a.example/app:v1",
        "b.example/app:v1",
    ),
    (
        "a tag that keeps its name too",
        stage("a", "b", tags="[{tag: x, as: [y, x]}]") + stage("b", "a", tag="'{tag}'"),
        "a.example/app:x",
        "b.example/app:x",
    ),
    (
        "a glob within another",
        stage("a", "b", tags="['glob: *']") + stage("b", "a", tags="['glob: v1.*-?']"),
        "a.example/app",
        "b.example/app",
    ),
    (
        "the same expressions",
        stage("a", "b", tags="['regex: v.+']") + stage("b", "a", tags="['regex: v.+']"),
        "a.example/app",
        "b.example/app",
    ),
    (
        "versions and one of them",
        stage("a", "b", tags="['semver: >=1', 'keep: !.*-rc.*']") + stage("b", "a", tags="[1.2.3]"),
        "a.example/app:1.2.3",
        "b.example/app:1.2.3",
    ),
    (
        "what may be overwritten",
        stage("a", "b", overwrite="if_mutable", immutable="['v*']") + stage("b", "a", tags="[x]"),
        "a.example/app:x",
        "b.example/app:x",
    ),
    (
        "the same patterns of repositories",
        stage("a", "b", repository="team/*", to="{repository}")
        + stage("b", "a", repository="team/*", to="{repository}"),
        "a.example/team/*",
        "b.example/team/*",
    ),
    (
        "a repository and a pattern",
        stage("a", "b", repository="team/app", to="mirror/app")
        + stage("b", "a", repository="mirror/**", to="team/{basename}"),
        "a.example/team/app",
        "b.example/mirror/**",
    ),
    (
        "an expression for repositories and one of them",
        stage("a", "b", repository="regex: team/(?P<name>.+)", to="mirror/{name}")
        + stage("b", "a", repository="mirror/app", to="team/app"),
        "a.example/regex: team/(?P<name>.+)",
        "b.example/mirror/app",
    ),
]


@pytest.mark.parametrize(
    ("stages", "one", "other"), [pytest.param(*rest, id=name) for name, *rest in BOTH_WAYS]
)
def test_two_stages_that_copy_to_each_other_are_told(problems, stages, one, other):
    column = stages.splitlines()[1].index("{destination") + 1
    told = f"each run would swap `{one}` and `{other}`: the copy the other way is in line 3"
    assert problems(REGISTRIES + stages) == [f"f.yml:4:{column}: stages[1].to[0]: {told}{HINT}"]


CIRCLES: list[tuple[str, dict[str, str], dict[str, str], dict[str, str]]] = [
    ("without order", {}, {}, {}),
    ("against the order of the copies", {"depends_on": "[two]"}, {"depends_on": "[three]"}, {}),
    ("with one that waits", {}, {"depends_on": "[one]"}, {}),
]


@pytest.mark.parametrize("orders", [pytest.param(rest, id=name) for name, *rest in CIRCLES])
def test_a_longer_circle_is_told(problems, orders):
    first, second, third = orders
    stages = (
        stage("a", "b", id="one", **first)
        + stage("b", "c", id="two", **second)
        + stage("c", "a", id="three", **third)
    )
    (told,) = problems(REGISTRIES + stages)
    assert (
        "stages[2].to[0]: each run would move images round in a circle, `a.example/app` -> " in told
    )
    assert (
        "`b.example/app` -> `c.example/app` -> `a.example/app`: the first copy is in line 3" in told
    )


ALLOWED = [
    ("other tags", stage("a", "b", tags="[x]") + stage("b", "a", tags="[y]")),
    ("other repositories", stage("a", "b") + stage("b", "a", to="other")),
    ("one only adds", stage("a", "b") + stage("b", "a", overwrite="never")),
    ("nothing moves", stage("a", "b", immutable="['*']") + stage("b", "a")),
    ("one waits", stage("a", "b", id="one") + stage("b", "a", depends_on="[one]")),
    (
        "one waits for one that waits",
        stage("a", "b", id="one")
        + stage("c", "b", repository="x", id="two", depends_on="[one]")
        + stage("b", "a", depends_on="[two]"),
    ),
    (
        "each waits for the one before",
        stage("a", "b", id="one")
        + stage("b", "c", id="two", depends_on="[one]")
        + stage("c", "a", depends_on="[two]"),
    ),
    (
        "globs that may meet or not",
        stage("a", "b", tags="['glob: v*']") + stage("b", "a", tags="['glob: *-dev']"),
    ),
    (
        "what is the latest",
        stage("a", "b", tags="['keep: latest 3']") + stage("b", "a", tags="['keep: latest 3']"),
    ),
    (
        "a tag that is not kept",
        stage("a", "b", tags="['glob: *', 'keep: v.*']") + stage("b", "a", tags="[x]"),
    ),
    (
        "a tag that gets another image",
        stage("a", "b", tags=f"['x@sha256:{'0' * 64}', 'glob: *']") + stage("b", "a", tags="[x]"),
    ),
    (
        "a tag that gets another name",
        stage("a", "b", tags="[{tag: x, as: y}, 'glob: *']") + stage("b", "a", tags="[x]"),
    ),
    (
        "tags that get other names",
        stage("a", "b", tag="'{tag}-mirrored'") + stage("b", "a"),
    ),
    (
        "patterns of others",
        stage("a", "b", repository="team/*", to="{repository}")
        + stage("b", "a", repository="base/*", to="{repository}"),
    ),
    ("a chain", stage("a", "b", tags="[x]") + stage("b", "c", tags="[x]")),
]


@pytest.mark.parametrize("stages", [pytest.param(text, id=name) for name, text in ALLOWED])
def test_what_settles_or_may_never_meet_is_allowed(load_text, stages):
    load_text(REGISTRIES + stages)


def test_a_repository_that_is_named_with_and_without_a_prefix_is_one(problems):
    registries = REGISTRIES.replace("c.example", "a.example/team").replace("c:", "p:")
    stages = stage("a", "b", repository="team/app") + stage(
        "b", "p", repository="team/app", to="app"
    )
    assert "each run would swap `a.example/team/app` and" in problems(registries + stages)[0]


def test_thousands_of_tags_both_ways_are_told_once(problems):
    tags = f"[{', '.join(f't{n}' for n in range(3000))}]"
    assert len(problems(REGISTRIES + stage("a", "b", tags=tags) + stage("b", "a", tags=tags))) == 1
