"""Exports: our file in the language of another tool, and what that language has no words for."""

from __future__ import annotations

import pytest
import yaml
from tests.unit.interop import examples, tools
from tests.unit.interop.choosing import from_peer, ours, told

from reposync.config.document import parse
from reposync.config.documents import run_all
from reposync.errors import ConfigError
from reposync.interop.choice import Choice
from reposync.interop.exporting import exported

REGISTRIES = """\
registries:
  source: {url: "source.example:5000", env_user: SOURCE_USER, env_password: SOURCE_PASSWORD}
  dest: {url: dest.example}
"""
SIMPLE = (
    REGISTRIES
    + f"""\
defaults: {{referrers: false}}
stages:
  - id: images
    from: {{source: source, repository: team/shop}}
    to:
      - {{destination: dest, repository: m/shop, tags: ["1.2.3", 1.10, "{examples.DIGEST}"]}}
  - from: {{source: source, repository: team/web}}
    to:
      - {{destination: dest, repository: m/web, tags: []}}
"""
)
RULES = (
    REGISTRIES
    + """\
stages:
  - id: rules
    from: {source: source, repository: team/shop}
    to:
      - destination: dest
        repository: m/shop
        tags: [edge, "regex: 1|2", "regex: ^1[.]26.*$", "glob: v*", "keep: !.*-rc.*"]
  - from: {source: source, repository: team/web}
    to:
      - {destination: dest, repository: m/web, tags: ["keep: 1.*", "keep: !.*4"]}
  - from: {source: source, repository: team/*}
    to:
      - destination: dest
        repository: "all/{repository}"
        tags: ["regex: lat.*", "regex: !.*[.1].*"]
"""
)
GOALS = {
    "dregsy": (Choice(platforms=("all",)), tools.dregsy),
    "regsync": (Choice(), tools.regsync),
    "skopeo": (
        Choice(destination="dest.example/m", platforms=("all",)),
        lambda text, catalog: tools.skopeo(text, catalog, "dest.example/m", scoped=False),
    ),
}
WITH_DIGEST_TAGS = {
    name: [*tags, examples.DIGEST_TAG] if "source" in name else tags
    for name, tags in examples.CATALOG.items()
}


def to_peer(text, tool, *, allow_loss=False):
    return exported(run_all([parse("ours.yml", text)]), tool, allow_loss=allow_loss)


def to_tags(*lines, extra=""):
    return (
        REGISTRIES
        + f"stages: [{{from: {{source: source, repository: a/b}}, to: [{{destination: dest, "
        f"repository: m/b, tags: {[*lines]}{extra}}}]}}]\n"
    )


@pytest.mark.parametrize("tool", GOALS)
def test_the_other_tool_copies_the_same_by_what_is_exported(tool):
    text = to_peer(SIMPLE, tool).text
    assert GOALS[tool][1](text, examples.CATALOG) == ours(SIMPLE, examples.CATALOG)


@pytest.mark.parametrize("tool", GOALS)
def test_what_is_exported_comes_back_as_it_was(tool):
    back = from_peer(to_peer(SIMPLE, tool).text, GOALS[tool][0])
    assert ours(back.text, examples.CATALOG) == ours(SIMPLE, examples.CATALOG)


@pytest.mark.parametrize("tool", ["dregsy", "regsync"])
def test_rules_take_in_the_same_there_and_no_signatures(tool):
    done = to_peer(RULES, tool)
    assert GOALS[tool][1](done.text, WITH_DIGEST_TAGS) == ours(RULES, WITH_DIGEST_TAGS)


@pytest.mark.parametrize("tool", GOALS)
def test_only_the_names_of_variables_are_exported(tool):
    done = to_peer(SIMPLE, tool)
    written = "\n".join([done.text, *told(done.notes)])
    assert "SOURCE_USER" in written
    assert "SOURCE_PASSWORD" in written


def test_regsync_gets_templates_that_read_the_variables():
    creds = yaml.safe_load(to_peer(SIMPLE, "regsync").text)["creds"]
    assert creds == [
        {
            "registry": "source.example:5000",
            "user": '{{env "SOURCE_USER"}}',
            "pass": '{{env "SOURCE_PASSWORD"}}',
        }
    ]


def test_the_call_of_skopeo_stands_above_its_file():
    text = to_peer(SIMPLE, "skopeo").text
    assert "skopeo sync --src yaml --dest docker --all --keep-going FILE dest.example/m\n" in text


@pytest.mark.parametrize("tool", GOALS)
def test_the_file_is_yaml_and_numbers_are_numbers(tool):
    file = yaml.safe_load(to_peer(SIMPLE, tool).text)
    assert tool != "regsync" or file["version"] == 1


@pytest.mark.parametrize(
    ("tool", "line", "why"),
    [
        ("dregsy", "keep: newer 90d", "nothing that dregsy can do"),
        ("dregsy", "keep: latest 2 per variant", "nothing that dregsy can do"),
        ("dregsy", "semver: !=1.2", "leaves out several versions"),
        ("dregsy", "semver: >=1.2-rc1", "names a pre-release"),
        ("dregsy", "semver: >=1.2.3.4", "more than three numbers"),
        ("regsync", "keep: latest 2", "nothing that regsync can do"),
        ("regsync", "semver: !=1.2", "leaves out a version"),
        ("skopeo", "regex: !x", "nothing that skopeo sync can do"),
        ("skopeo", f"v1@{examples.DIGEST}", "gives a digest a tag"),
    ],
)
def test_a_line_that_cannot_be_said_there_is_refused_with_its_place(tool, line, why):
    with pytest.raises(ConfigError) as caught:
        to_peer(to_tags("latest", line), tool)
    (problem,) = told(caught.value.problems)
    assert problem.startswith("ours.yml:4:")
    assert "stages[0].to[0].tags[1]" in problem
    assert why in problem


@pytest.mark.parametrize("tool", GOALS)
@pytest.mark.parametrize(
    ("extra", "key"),
    [
        (", overwrite: never", "overwrite"),
        (", immutable: [v*]", "immutable"),
    ],
)
def test_an_option_that_is_not_there_is_told_with_its_place(tool, extra, key):
    lost = told(to_peer(to_tags("latest", extra=extra), tool).lost)
    assert any(f"stages[0].to[0].{key}: is not kept" in each for each in lost)


@pytest.mark.parametrize("tool", GOALS)
def test_a_range_is_exported_and_its_difference_told(tool):
    done = to_peer(to_tags("semver: >=1.2 <2 || =3", extra=", referrers: false"), tool)
    (line,) = told(done.lost)
    assert "stages[0].to[0].tags[0]: is read by" in line
    assert "1.2.3-alpine" in line


def test_every_key_that_has_no_equal_is_told():
    text = SIMPLE.replace("referrers: false}", "referrers: false}\nfail_on: [empty]")
    for tool in GOALS:
        assert any("fail_on: has no equal in" in each for each in told(to_peer(text, tool).lost))


def test_stages_that_wait_are_told():
    text = SIMPLE + "    depends_on: [images]\n"
    assert any("stages[1].depends_on" in each for each in told(to_peer(text, "dregsy").lost))


def test_a_destination_that_cannot_be_kept_can_be_left_out():
    text = (
        SIMPLE
        + """\
  - from: {source: source, repository: x/*}
    to: [{destination: dest, repository: "m/{basename}"}]
"""
    )
    with pytest.raises(ConfigError):
        to_peer(text, "skopeo")
    done = to_peer(text, "skopeo", allow_loss=True)
    assert done.stages == 2
    assert any("left out: is a pattern" in each for each in told(done.lost))


NAMED = "{tag: '1.0', as: [stable, prod]}"


def test_names_of_tags_are_targets_at_regsync():
    lines = (NAMED, "edge", f"v1@{examples.DIGEST}")
    text = to_tags(*lines, extra=", tag: '{tag}-mirrored'").replace(f'"{NAMED}"', NAMED)
    entries = yaml.safe_load(to_peer(text, "regsync").text)["sync"]
    sides = [(entry["source"].rpartition("/")[2], entry["target"]) for entry in entries]
    assert sides == [
        ("b:1.0", "dest.example/m/b:stable"),
        ("b:1.0", "dest.example/m/b:prod"),
        ("b:edge", "dest.example/m/b:edge-mirrored"),
        (f"b@{examples.DIGEST}", "dest.example/m/b:v1-mirrored"),
    ]


@pytest.mark.parametrize(
    ("tool", "line", "extra", "key"),
    [
        ("dregsy", NAMED, "", "tags[0]"),
        ("skopeo", NAMED, "", "tags[0]"),
        ("dregsy", "edge", ", tag: 'm-{tag}'", "tag:"),
        ("skopeo", "edge", ", tag: 'm-{tag}'", "tag:"),
        ("regsync", "glob: v*", ", tag: 'm-{tag}'", "tag:"),
        ("regsync", "edge", ", tag: '{version.major}'", "tag:"),
    ],
)
def test_names_that_the_other_tool_cannot_give_are_refused_with_their_place(tool, line, extra, key):
    with pytest.raises(ConfigError) as caught:
        to_peer(to_tags(line, extra=extra).replace(f'"{NAMED}"', NAMED), tool)
    (problem,) = told(caught.value.problems)
    assert f"stages[0].to[0].{key}" in problem


@pytest.mark.parametrize("tool", GOALS)
def test_a_template_that_keeps_every_name_is_no_loss(tool):
    done = to_peer(to_tags("edge", extra=", tag: '{tag}', referrers: false"), tool)
    assert told(done.lost) == []


def test_an_image_layout_is_refused():
    with pytest.raises(ConfigError, match="is an image layout"):
        to_peer(SIMPLE.replace("url: dest.example", 'url: "oci:dest"'), "regsync")


def test_a_wrong_file_is_not_exported():
    with pytest.raises(ConfigError, match="unknown registry"):
        to_peer(SIMPLE.replace("destination: dest", "destination: nowhere", 1), "regsync")


def test_how_a_registry_is_spoken_to_is_exported():
    text = SIMPLE.replace(
        "{url: dest.example}",
        "{url: http://dest.example/team, requests_per_second: 0.5, max_concurrent_requests: 4, "
        "ca_file: /ca.pem}",
    )
    file = yaml.safe_load(to_peer(text, "regsync").text)
    assert file["creds"][1] == {
        "registry": "dest.example",
        "tls": "disabled",
        "regcert": '{{file "/ca.pem"}}',
        "reqConcurrent": 4,
        "reqPerSec": 0.5,
    }
    assert file["sync"][0]["target"] == "dest.example/team/m/shop:1.2.3"


@pytest.mark.parametrize(
    ("credentials", "key"), [("ecr", "auth-refresh: 10h"), ("none", "auth: none")]
)
def test_identities_of_clouds_are_exported_to_dregsy(credentials, key):
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    text = SIMPLE.replace("{url: dest.example}", f"{{url: {host}, credentials: {credentials}}}")
    assert key in to_peer(text, "dregsy").text
