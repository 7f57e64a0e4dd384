"""A destination that is its own source is an error; in one repository other tags may be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reposync.config.load import load
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.config.load import Loaded

DIGEST = f"sha256:{'0' * 64}"
ITSELF = "would be copied onto itself"


def copying(one: str, source: str, other: str, destination: str, tags: str = "") -> str:
    """Write a file whose only stage copies *source* at *one* to *destination* at *other*."""
    more = f", tags: {tags}" if tags else ""
    return f"""\
registries:
  a: {{url: '{one}'}}
  b: {{url: '{other}'}}
stages:
  - from: {{source: a, repository: '{source}'}}
    to:
      - destination: b
        repository: '{destination}'{more and chr(10) + "        " + more[2:]}
"""


@pytest.mark.parametrize(
    ("one", "source", "other", "destination", "name"),
    [
        ("a.example", "x/y", "a.example", "x/y", "a.example/x/y"),
        ("a.example", "x/y", "https://A.example/", "x/y", "a.example/x/y"),
        ("a.example", "x/y", "https://a.example:443", "x/y", "a.example/x/y"),
        ("http://a.example", "x", "http://a.example:80", "x", "a.example/x"),
        ("docker.io", "alpine", "index.docker.io", "library/alpine", "docker.io/library/alpine"),
        ("registry-1.docker.io", "x/y", "docker.io", "x/y", "docker.io/x/y"),
        ("a.example/team", "x/y", "a.example", "team/x/y", "a.example/team/x/y"),
        ("a.example/team", "x/y", "a.example/team/x", "y", "a.example/team/x/y"),
        ("a.example", "x/y", "a.example", "{repository}", "a.example/x/y"),
        ("a.example", "x/y", "a.example/x", "{basename}", "a.example/x/y"),
        ("a.example", "x/y", "a.example", "{parent}/{basename}", "a.example/x/y"),
        ("oci:bundle", "x/y", "oci:./sub/../bundle/", "x/y", "oci:bundle:x/y"),
        ("oci:bundle.tar", "x/y", "oci:link.tar", "x/y", "oci:bundle.tar:x/y"),
    ],
)
@pytest.mark.parametrize("tags", ["", "[]", "['1.0', '2.0']", "['glob: v*']", "['keep: latest 1']"])
def test_a_destination_that_is_its_own_source_is_an_error_at_its_repository(
    problems: Callable[[str], list[str]],
    tmp_path: Path,
    one: str,
    source: str,
    other: str,
    destination: str,
    name: str,
    tags: str,
) -> None:
    (tmp_path / "link.tar").symlink_to("bundle.tar")
    (problem,) = problems(copying(one, source, other, destination, tags))
    assert problem == (
        f"f.yml:8:21: stages[0].to[0].repository: `{name}` would be copied onto itself; "
        "write another repository or another destination"
    )


@pytest.mark.parametrize(
    ("one", "source", "other", "destination"),
    [
        ("a.example", "team/*", "a.example", "{repository}"),
        ("a.example", "team/*", "a.example", "team/{basename}"),
        ("a.example", "**", "a.example", "{parent}/{basename}"),
        ("a.example", "team/v?", "a.example", "{parent}/{basename}"),
        ("a.example/team", "**", "a.example", "team/{repository}"),
        ("a.example", "team/**", "a.example", "{repository}"),
        ("docker.io", "library/*", "index.docker.io", "{basename}"),
        ("a.example", "regex: team/(?P<app>.+)", "a.example", "team/{app}"),
        ("a.example", "regex: (?P<app>[a-z]+)/(?P<part>[^/]+)", "a.example", "{app}/{part}"),
        ("oci:bundle", "*", "oci:./bundle", "{repository}"),
    ],
)
def test_a_pattern_whose_template_gives_each_repository_its_own_name_is_an_error(
    problems: Callable[[str], list[str]], one: str, source: str, other: str, destination: str
) -> None:
    (problem,) = problems(copying(one, source, other, destination))
    assert problem.startswith(f"f.yml:8:21: stages[0].to[0].repository: `{one}/{source}` {ITSELF}")


@pytest.mark.parametrize(
    ("one", "source", "other", "destination", "tags"),
    [
        ("a.example", "x", "b.example", "x", ""),
        ("a.example", "x", "a.example:5000", "x", ""),
        ("http://a.example", "x", "https://a.example:80", "x", ""),
        ("a.example", "x", "a.example/x", "x", ""),
        ("a.example", "x/y", "a.example", "x/z", ""),
        ("oci:a/b", "x", "oci:a", "b/x", ""),
        ("a.example", "team/*", "a.example", "mirror/{basename}", ""),
        ("a.example", "**", "a.example", "team/{basename}", ""),
        ("a.example", "*/*", "a.example", "{basename}/{basename}", ""),
        ("a.example", "regex: (?P<a>.+)/(?P<b>.+)", "a.example", "{b}/{a}", ""),
        ("a.example", "regex: app-.*|a/b", "a.example", "mirror/{repository}", ""),
        ("a.example", "x", "a.example", "x", f"['stable@{DIGEST}']"),
        ("a.example", "x", "a.example", "x", f"['stable@{DIGEST}', 'keep: latest 1']"),
        ("a.example", "x", "a.example", "x", "[{tag: '1.0', as: stable}]"),
        ("a.example", "x", "a.example", "x", "[{tag: '1.0', as: ['1.0', stable]}]"),
        ("a.example", "x", "a.example", "x", "['1.0']\n        tag: '{tag}-copy'"),
        ("a.example", "x", "a.example", "x", "['regex: v(?P<v>.+)']\n        tag: '{v}'"),
    ],
)
def test_what_goes_elsewhere_or_to_another_tag_is_none(
    load_text: Callable[..., Loaded],
    one: str,
    source: str,
    other: str,
    destination: str,
    tags: str,
) -> None:
    assert load_text(copying(one, source, other, destination, tags)).config.stages


def test_tags_that_would_go_onto_themselves_beside_others_are_told_each_by_itself(
    problems: Callable[[str], list[str]],
) -> None:
    tags = f"['stable@{DIGEST}', '1.0', '{DIGEST}', 'glob: v*']"
    lines = problems(copying("a.example", "x/y", "a.example", "x/y", tags))
    assert [line.partition(";")[0] for line in lines] == [
        f"f.yml:9:{column}: stages[0].to[0].tags[{number}]: `{text}` of `a.example/x/y` {ITSELF}"
        for number, column, text in ((1, 98, "1.0"), (2, 105, DIGEST), (3, 180, "glob: v*"))
    ]


def test_it_is_an_error_where_a_file_is_only_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "f.yml"
    file.write_text(copying("a.example", "x", "a.example", "x"))
    with pytest.raises(ConfigError, match=ITSELF):
        load(str(file), {}, verify_only=True)
