"""Imports: files of other tools become right ones of ours that copy the same images."""

from __future__ import annotations

import pytest
import yaml
from tests.unit.interop import examples, tools
from tests.unit.interop.choosing import from_peer, ours, told

from reposync.errors import ConfigError
from reposync.interop.choice import Choice

DESTINATION = Choice(destination="dest.example/m", platforms=("all",))
SCOPED = Choice(destination="dest.example", scoped=True, platforms=("all",))
ALWAYS_TOLD = ("includes tags of signatures", "dregsy replaces each place that fits")
FILES = {
    "dregsy": (examples.DREGSY, Choice(), None, tools.dregsy),
    "regsync": (examples.REGSYNC, Choice(), None, tools.regsync),
    "image-syncer": (examples.IMAGES, Choice(), examples.AUTH, tools.image_syncer),
    "skopeo": (
        examples.SKOPEO,
        DESTINATION,
        None,
        lambda text, catalog: tools.skopeo(text, catalog, "dest.example/m", scoped=False),
    ),
    "skopeo --scoped": (
        examples.SKOPEO,
        SCOPED,
        None,
        lambda text, catalog: tools.skopeo(text, catalog, "dest.example", scoped=True),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_the_same_images_go_to_the_same_places(name):
    text, choice, auth, tool = FILES[name]
    done = from_peer(text, choice, auth=auth)
    assert ours(done.text, examples.CATALOG) == tool(text, examples.CATALOG)
    assert done.tool == name.partition(" ")[0]


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_told_to_be_lost_where_all_is_kept(name):
    text, choice, auth, _ = FILES[name]
    lost = told(from_peer(text, choice, auth=auth).lost)
    assert [each for each in lost if not any(why in each for why in ALWAYS_TOLD)] == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("secret", ["s3cr3t", "alsosecret", "eyJ1c2Vy", "alex", "john", "robot"])
def test_no_secret_and_no_user_is_written_or_told(name, secret):
    text, choice, auth, _ = FILES[name]
    done = from_peer(text, choice, auth=auth)
    written = "\n".join([done.text, *told(done.lost), *told(done.notes)])
    assert secret not in written


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("dregsy", "DEST_EXAMPLE_USER and DEST_EXAMPLE_PASSWORD"),
        ("image-syncer", "REGISTRY_EXAMPLE_USER and REGISTRY_EXAMPLE_PASSWORD"),
        ("skopeo", "REGISTRY_EXAMPLE_COM_USER and REGISTRY_EXAMPLE_COM_PASSWORD"),
    ],
)
def test_variables_take_the_place_of_secrets_and_are_told_with_the_line(name, variables):
    text, choice, auth, _ = FILES[name]
    done = from_peer(text, choice, auth=auth)
    assert any(f"is not written; {variables} take its place" in it for it in told(done.notes))
    assert f"env_user: {variables.partition(' ')[0]}" in done.text


def test_variables_that_a_file_names_itself_are_kept():
    images = from_peer(examples.IMAGES, auth=examples.AUTH).text
    assert "{url: docker.io, env_user: HUB_USER, env_password: HUB_PASSWORD}" in images
    quay = from_peer(examples.REGSYNC).text
    assert "{url: quay.io, env_user: QUAY_USER, env_password: QUAY_PASSWORD}" in quay


def test_two_logins_at_one_host_are_two_registries():
    written = from_peer(examples.IMAGES, auth=examples.AUTH).text
    assert "env_user: REGISTRY_EXAMPLE_USER" in written
    assert "env_user: REGISTRY_EXAMPLE_2_USER" in written


@pytest.mark.parametrize(
    ("name", "comments"),
    [
        (
            "dregsy",
            ["# task task1", "# semver: >=1.31.0 <1.31.9", "from peer.yml, a file of dregsy"],
        ),
        ("regsync", ["# repository quay.io/team/shop", "# semver: >=1.2.3 <2.0.0"]),
        ("skopeo", ["# semver: >= 3.11.0", "# semver: ^1.2.3 || ~2"]),
    ],
)
def test_comments_say_where_lines_come_from(name, comments):
    text, choice, auth, _ = FILES[name]
    written = from_peer(text, choice, auth=auth).text
    assert [comment for comment in comments if comment not in written] == []


def test_ranges_can_become_ranges_of_ours_and_their_difference_is_told():
    done = from_peer(examples.SKOPEO, Choice("ours", ("all",), "dest.example"))
    assert "semver: >= 3.11.0" in done.text
    assert "semver: ^1.2.3 || ~2" in done.text
    assert sum("is read by other rules here" in it for it in told(done.lost)) == 2


def test_images_of_one_repository_are_one_stage():
    entry = "  - {source: 'alpine:%d', target: 'r.example/alpine:%d', type: image}\n"
    text = "sync:\n" + "".join(entry % (at, at) for at in range(3))
    assert 'tags: ["0", "1", "2"]' in from_peer(text).text
    assert from_peer(text).stages == 1


RENAMED = {
    "regsync": """\
sync:
  - {source: 'quay.io/a:1', target: 'r.example/b:stable', type: image}
  - {source: 'quay.io/a:1', target: 'r.example/b:prod', type: image}
  - {source: 'quay.io/a:2', target: 'r.example/b:2', type: image}
  - {source: 'quay.io/a', target: 'r.example/b:edge', type: image}
""",
    "image-syncer": """\
quay.io/a:1: ['r.example/b:stable', 'r.example/b:prod']
quay.io/a:2,latest: r.example/b:2,edge
""",
}


@pytest.mark.parametrize("tool", RENAMED)
def test_tags_that_get_other_names_are_kept(tool):
    names = {("1", "stable"), ("1", "prod"), ("2", "2"), ("latest", "edge")}
    done = from_peer(RENAMED[tool], Choice(platforms=("all",)))
    pairs = {(f"quay.io/a:{tag}", f"r.example/b:{name}") for tag, name in names}
    assert ours(done.text, {}) == pairs


def test_a_tag_of_another_name_is_written_as_a_map():
    text = "sync:\n  - {source: 'quay.io/a:1', target: 'r.example/b:stable', type: image}\n"
    assert '{tag: "1", as: stable}' in from_peer(text).text


def test_two_images_for_one_name_are_refused():
    entry = "  - {source: 'quay.io/a:%d', target: 'r.example/b:stable', type: image}\n"
    with pytest.raises(ConfigError, match="would get two images"):
        from_peer("sync:\n" + entry % 1 + entry % 2)


@pytest.mark.parametrize("name", FILES)
def test_an_import_is_the_same_each_time(name):
    text, choice, auth, _ = FILES[name]
    assert from_peer(text, choice, auth=auth) == from_peer(text, choice, auth=auth)


def test_how_a_registry_is_spoken_to_is_kept():
    creds = """\
creds:
  - {registry: plain.example, tls: disabled, reqPerSec: 2.5, reqConcurrent: 1}
  - {registry: odd.example, tls: insecure, reqConcurrent: 8, pathPrefix: hub}
  - {registry: cloud.example, user: '{{file "/run/secrets/cloud_user"}}', pass: '{{env "PASS"}}'}
defaults: {skipDockerConfig: true}
sync:
  - {source: plain.example/a, target: odd.example/b, type: repository, referrers: true}
  - {source: cloud.example/a, target: other.example/c, type: repository, referrers: true}
"""
    done = from_peer(creds)
    file = yaml.safe_load(done.text)
    assert file["registries"] == {
        "plain.example": {
            "url": "http://plain.example",
            "max_concurrent_requests": 2,
            "requests_per_second": 2.5,
            "credentials": "none",
        },
        "odd.example": {
            "url": "odd.example",
            "skip-tls-verify": True,
            "max_concurrent_requests": 8,
            "credentials": "none",
        },
        "cloud.example": {
            "url": "cloud.example",
            "env_user": "CLOUD_USER",
            "env_password": "PASS",
        },
        "other.example": {"url": "other.example", "credentials": "none"},
    }
    assert file["stages"][0]["to"][0]["repository"] == "hub/b"
    assert any("CLOUD_USER_FILE; set it to /run/secrets" in each for each in told(done.notes))


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("registry: eu.gcr.io", "registry: d.example", "credentials: gcr"),
        ("registry: eu.gcr.io, auth: none", "registry: d.example", "credentials: none"),
        (
            "registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com, auth-refresh: 10h",
            "registry: d.example",
            "credentials: ecr",
        ),
        (
            "registry: s.example",
            "registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "create_repositories: true",
        ),
    ],
)
def test_what_dregsy_does_for_registries_of_clouds_is_kept(source, target, kept):
    mappings = "mappings: [{from: a/b, platform: all}]"
    task = f"{{name: t, source: {{{source}}}, target: {{{target}}}, {mappings}}}"
    done = from_peer(f"tasks: [{task}]")
    assert kept in done.text
    assert done.lost == ()


def test_the_single_file_of_old_of_image_syncer_is_read_and_its_dollars_are_plain():
    text = """\
{"auth": {"registry.example": {"username": "robot", "password": "$pa$$word"}},
 "images": {"quay.io/a/b:1": "registry.example/b", "quay.io/a/c": "registry.example/c"}}
"""
    done = from_peer(text)
    assert done.tool == "image-syncer"
    assert "env_user: REGISTRY_EXAMPLE_USER" in done.text
    assert "word" not in done.text.replace("password", "").replace("PASSWORD", "")
    assert ours(done.text, examples.CATALOG) == tools.image_syncer(text, examples.CATALOG)
