"""Losses: what is not kept is told with its line; what would mean something else is refused."""

from __future__ import annotations

import pytest
from tests.unit.interop import examples, tools
from tests.unit.interop.choosing import from_peer, ours, told

from reposync.errors import ConfigError
from reposync.interop.choice import Choice

TASK = """\
tasks:
  - name: one
    source: {registry: source.example:5000}
    target: {registry: dest.example}
    mappings:
      - {from: team/shop, platform: all, MORE}
"""
ENTRY = """\
sync:
  - {source: quay.io/team/shop, target: dest.example/shop, type: repository, MORE}
"""
HOST = """\
quay.io:
  images: {team/shop: [latest]}
  MORE
"""
ALL = Choice(destination="dest.example", platforms=("all",))


def mapping(more):
    return TASK.replace("MORE", more)


def refusals(text, choice=None, **more):
    with pytest.raises(ConfigError) as caught:
        from_peer(text, choice, **more)
    return told(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        (f"watch: true\n{mapping('tags: []')}", "1:1: watch", "start run-reposync again"),
        (f"skopeo: {{certs-dir: /c}}\n{mapping('tags: []')}", "1:10: skopeo.certs-dir", "certs.d"),
        (mapping("tags: []").replace("name: one", "interval: 60"), "interval", "a timer"),
        (mapping("tags: ['semver: 1.x', 'keep: latest 2']"), "6:64: tasks", "otherwise"),
        (mapping("tags: ['regex: .*']"), "6:48: tasks[0].mappings[0].tags", "tags of signatures"),
        (mapping("tags: []").replace("all", "linux/amd64"), "platform", "index"),
        (mapping("tags: []").replace("platform: all, ", ""), "1:1: the file leaves", "--platform"),
        (mapping("frobnicate: 1"), "6:42: tasks[0].mappings[0].frobnicate", "not a key"),
        (ENTRY.replace("MORE", "backup: old"), "2:78: sync[0].backup", "another repository"),
        (ENTRY.replace("MORE", "interval: 60m"), "sync[0].interval", "a timer"),
        (ENTRY.replace("MORE", "hooks: {}"), "sync[0].hooks", "does not run them either"),
        (ENTRY.replace("MORE", "platform: linux/amd64"), "sync[0].platform", "index"),
        (
            ENTRY.replace("MORE", "platforms: ['', linux/amd64]"),
            "platforms[0]",
            "without a platform",
        ),
        (ENTRY.replace("MORE", "referrers: false"), "sync[0].referrers", "signatures out too"),
        (ENTRY.replace("MORE", "ratelimit: {min: 10}"), "ratelimit.min", "waits until"),
        (HOST.replace("MORE", "cert-dir: /etc/x"), '3:3: ["quay.io"].cert-dir', "ca_file"),
    ],
)
def test_what_has_no_equal_is_told_with_its_line_and_what_to_do(text, place, why):
    (line,) = told(from_peer(text, ALL if text[0] == "q" else None).lost)
    assert place in line
    assert why in line


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        (mapping("to: 'regex:(.*)/(.*),$2'").replace("team/shop", "'regex:team/.*'"), "to", "hand"),
        (mapping("tags: ['semver: >=x']"), "tags[0]", "has a version that is none"),
        (mapping("tags: ['regex: (']"), "tags[0]", "not a regular expression"),
        (mapping("tags: ['regex: (?=x)']"), "tags[0]", "uses look-around"),
        (mapping("tags: [a:b]"), "tags[0]", "neither a tag nor a digest"),
        (mapping("tags: x"), "tags", "must be a list"),
        (mapping("to: 'regex:x'"), "to", "no `,`"),
        (mapping("to: UPPER"), "to", "not a repository"),
        (TASK.replace("MORE", "").replace("source.e", "me@source.e"), "registry", "more than"),
        (TASK.replace("MORE", "").replace("dest.example", "x, auth: '%'"), "auth", "base64"),
        (
            TASK.replace("MORE", "")
            .replace("source.example:5000", "docker.io")
            .replace("team/shop", "'regex:team/.*'"),
            "from",
            "Docker Hub gives no list",
        ),
        (ENTRY.replace("repository", "registry"), "source", "not a registry's host"),
        (ENTRY.replace("repository", "everything"), "type", "is none of"),
        (ENTRY.replace("quay.io/team", "ocidir://x"), "source", "image layout"),
        (ENTRY.replace("dest.example/shop", "'{{env \"X\"}}/s'"), "target", "is a template"),
        (ENTRY.replace("MORE", "tags: {semverRange: ['>=1-rc1']}"), "semverRange[0]", "--semver"),
        (ENTRY.replace("MORE", "tags: {allow: ['[']}"), "allow[0]", "`[` is not closed"),
        ("version: 2\n" + ENTRY.replace(", MORE", ""), "1:10: version", "not known"),
        ("quay.io/a/b:1,2: x.example/b:3\n", "1:18", "does not name as many"),
        ("quay.io/a/b: x.example/b:3\n", "1:14", "does not name as many"),
        ("quay.io/a/b:/v.*/: x.example/b:3\n", "1:20", "does not name as many"),
        ("quay.io/a/b:1: x.example/b:-3\n", "1:16", "is not a tag"),
        ("library/nginx: x.example/b\n", "1:16", "takes `library` for a registry"),
        ("quay.io/a/b: $REGISTRY/b\n", "1:14", "from its environment"),
        ("quay.io/a/b: []\n", "1:14", "no destination"),
    ],
)
def test_what_cannot_be_kept_in_its_meaning_is_refused_with_its_line(text, place, why):
    (line,) = refusals(text)
    assert place in line
    assert why in line


def test_skopeo_has_to_be_told_where_images_go():
    (line,) = refusals(examples.SKOPEO)
    assert "does not say where images go" in line
    assert "--destination" in line


def test_two_sources_of_one_tag_are_refused_at_the_line_of_the_other_file():
    text = "quay.io: {images: {a/x: ['1']}}\ndocker.io: {images: {b/x: ['1']}}\n"
    (line,) = refusals(text, ALL)
    assert line.startswith("peer.yml:2:")
    assert "`dest.example/x:1` would get two images" in line


def test_all_that_is_wrong_is_told_at_once():
    text = mapping("to: UPPER, tags: ['semver: x', 'regex: (', '1.0']")
    assert len(refusals(text)) == 3


def test_an_entry_that_cannot_be_kept_can_be_left_out():
    text = mapping("tags: ['semver: >=x']") + "      - {from: team/web, platform: all}\n"
    done = from_peer(text, allow_loss=True)
    assert done.stages == 1
    assert [it for it in told(done.lost) if "left out: the range" in it]
    assert "# - 6:" in done.text
    kept = TASK.replace("shop", "web").replace(", MORE", "")
    assert ours(done.text, WEB) == tools.dregsy(kept, WEB)


WEB = {"source.example:5000/team/web": examples.TAGS}


def test_nothing_is_written_where_nothing_is_left():
    assert len(refusals(mapping("tags: ['regex: (']"), allow_loss=True)) == 1


def test_a_file_of_ours_is_not_imported():
    (line,) = refusals("registries: {}\nstages: []\n")
    assert "is one of reposync's own" in line


@pytest.mark.parametrize("text", ["a: 1\n", "[]\n", "hello\n", "a: {b: c}\n"])
def test_a_file_of_nobody_is_told_with_what_was_looked_for(text):
    (line,) = refusals(text)
    assert "`tasks` (dregsy), `sync` (regsync)" in line
    assert "--from" in line


def test_a_file_without_content_is_told():
    (line,) = refusals("# nothing\n")
    assert "the file is empty" in line


def test_a_key_that_stands_twice_is_told_and_the_last_one_counts():
    text = ENTRY.replace("MORE", "tags: {allow: ['1']}, tags: {allow: ['2']}")
    done = from_peer(text)
    assert 'tags: ["regex: 2"]' in done.text
    assert any("first defined in line 2" in each for each in told(done.lost))


def test_a_secret_with_no_user_beside_it_is_refused_without_being_shown():
    (line,) = refusals(HOST.replace("MORE", "credentials: {password: s3cr3t}"), ALL)
    assert "has no user or no password beside it" in line
    assert "s3cr3t" not in line
