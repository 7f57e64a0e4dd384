"""Fallback tags and cosign tags, and the index behind the fallback tag, each as a table."""

from __future__ import annotations

import json

import pytest
from tests import images

from reposync.errors import ContentError
from reposync.oci import referrers
from reposync.oci.digest import Digest

SHA256 = Digest("sha256:" + "a1" * 32)
SHA512 = Digest("sha512:" + "b2" * 64)
ENCODED = "a1" * 32
BUNDLE = images.artifact("bundle", subject=images.image("subject").root.descriptor)
OTHER = images.artifact("other", subject=images.image("subject").root.descriptor)


@pytest.mark.parametrize(
    ("digest", "tag"),
    [(SHA256, f"sha256-{ENCODED}"), (SHA512, "sha512-" + "b2" * 32)],
)
def test_a_fallback_tag_is_the_digest_cut_to_what_a_tag_may_be(digest, tag):
    assert referrers.fallback_tag(digest) == tag
    assert referrers.is_fallback_tag(tag)


def test_cosigns_tags_stand_beside_the_fallback_tag():
    assert referrers.cosign_tags(SHA256) == tuple(
        f"sha256-{ENCODED}.{kind}" for kind in ("sig", "att", "sbom")
    )
    assert referrers.cosign_tags(SHA512) == ()


@pytest.mark.parametrize(
    ("tag", "subject", "is_fallback"),
    [
        (f"sha256-{ENCODED}", f"sha256-{ENCODED}", True),
        (f"sha256-{ENCODED}.sig", f"sha256-{ENCODED}", False),
        (f"sha256-{ENCODED}.att", f"sha256-{ENCODED}", False),
        (f"sha256-{ENCODED}.sbom", f"sha256-{ENCODED}", False),
        (f"sha256-{ENCODED}.sig.sig", None, False),
        (f"sha256-{ENCODED}.txt", None, False),
        (f"sha256-{ENCODED}0", None, False),
        (f"sha256-{ENCODED.upper()}", None, False),
        (f"sha256-{ENCODED[:-1]}", None, False),
        (f"sha256-{ENCODED}\n", None, False),
        (f"x-sha256-{ENCODED}", None, False),
        (f"sha384-{ENCODED}", None, False),
        (f"sha512-{ENCODED}", f"sha512-{ENCODED}", True),
        (f"sha512-{ENCODED}.sig", None, False),
        ("latest", None, False),
        ("", None, False),
    ],
)
def test_a_tag_tells_of_which_digest_it_speaks(tag, subject, is_fallback):
    assert referrers.subject_tag(tag) == subject
    assert referrers.is_fallback_tag(tag) is is_fallback


def test_the_first_referrer_begins_an_index():
    index = referrers.added(None, BUNDLE.root_manifest)
    (entry,) = referrers.read_index(index).manifests
    assert entry == BUNDLE.root.descriptor
    assert entry.artifact_type == "application/vnd.example.bundle"


def test_an_entry_says_of_a_referrer_what_the_specification_asks_for():
    document = json.loads(BUNDLE.root.content) | {"annotations": {"by": "me"}}
    del document["artifactType"]
    piece = images.piece(json.dumps(document).encode(), BUNDLE.root.descriptor.media_type)
    (entry,) = json.loads(referrers.added(None, images.manifest(piece)))["manifests"]
    assert entry == {
        "mediaType": piece.descriptor.media_type,
        "digest": piece.digest,
        "size": piece.size,
        "artifactType": images.OCI_EMPTY,
        "annotations": {"by": "me"},
    }


def test_all_that_stood_in_an_index_stays():
    foreign = {"mediaType": "x/y", "digest": SHA512, "size": 7, "strange": [1.5, None]}
    before = {"schemaVersion": 2, "manifests": [foreign], "annotations": {"é": "ü"}, "own": {}}
    index = referrers.added(json.dumps(before).encode(), OTHER.root_manifest)
    after = json.loads(index)
    assert after["manifests"][0] == foreign
    assert after["manifests"][1]["digest"] == OTHER.digest
    assert {**after, "manifests": [foreign]} == before


def test_a_referrer_that_is_listed_changes_no_byte():
    index = b" " + referrers.added(None, BUNDLE.root_manifest)
    assert referrers.added(index, BUNDLE.root_manifest) == index


@pytest.mark.parametrize("entries", ["null", "[]"])
def test_an_index_without_entries_gets_its_first(entries):
    index = f'{{"schemaVersion": 2, "manifests": {entries}}}'.encode()
    added = referrers.added(index, BUNDLE.root_manifest)
    assert [entry.digest for entry in referrers.read_index(added).manifests] == [BUNDLE.digest]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"manifests": [{}]}',
        BUNDLE.root.content,
        images.multi_platform("x", docker=True).root.content,
    ],
    ids=["nothing", "page", "empty", "broken entry", "image", "docker list"],
)
def test_what_is_no_index_is_never_added_to(content):
    with pytest.raises(ContentError):
        referrers.added(content, BUNDLE.root_manifest)
