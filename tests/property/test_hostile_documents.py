"""For any document of a server or a layout: it is read, or refused by one of our errors."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.fuzzing import DIGESTS, JUNK, NUMBERS, damaged, fuzzed

from reposync.errors import ContentError, ProtocolError, RegistryError
from reposync.layout import index as layout_index
from reposync.oci import error_code, manifest, media_type, referrers
from reposync.oci.digest import Digest
from reposync.oci.reference import is_tag
from reposync.registry import catalog
from reposync.registry.auth import tokens
from reposync.registry.buffered_response import BufferedResponse
from reposync.registry.manifests import tags

MEDIA_TYPES = st.sampled_from([*media_type.MANIFESTS, "application/json", "", "x" * 100_000])
ENTRIES = st.fixed_dictionaries(
    {"mediaType": MEDIA_TYPES, "digest": DIGESTS, "size": st.integers(0, 10**6)},
    optional={
        "platform": st.fixed_dictionaries({"os": st.just("linux"), "architecture": st.text()}),
        "urls": st.lists(st.text(max_size=5), max_size=2),
        "annotations": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        "artifactType": st.text(max_size=5),
    },
)
MANIFESTS = st.fixed_dictionaries(
    {"schemaVersion": st.just(2), "mediaType": MEDIA_TYPES},
    optional={
        "config": ENTRIES,
        "layers": st.lists(ENTRIES, max_size=3),
        "blobs": st.lists(ENTRIES, max_size=2),
        "manifests": st.lists(ENTRIES, max_size=3),
        "subject": ENTRIES,
        "annotations": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
        "artifactType": st.text(max_size=5),
        "fsLayers": JUNK,
    },
)
INDEXES = st.fixed_dictionaries(
    {"mediaType": st.just(media_type.OCI_INDEX), "manifests": st.lists(ENTRIES, max_size=4)}
)
ERRORS = st.fixed_dictionaries(
    {"errors": st.lists(st.fixed_dictionaries({"code": st.text(), "message": st.text()}))}
)
DEEP = '{"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":%s}'
HUGE = {"mediaType": media_type.OCI_MANIFEST, "layers": [{"digest": "sha256:" + "0" * 64}]}


def written(document: Any) -> bytes:
    return json.dumps(document).encode()


def answered(body: bytes) -> BufferedResponse:
    return BufferedResponse("GET", "https://r.example/", 200, {}, body)


def texts(documents: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Return documents as bytes: whole, cut off, with one byte changed, or no JSON at all."""
    whole = documents.map(written)
    cut = st.tuples(whole, st.integers(0, 500)).map(lambda each: each[0][: each[1]])
    bent = st.tuples(whole, st.integers(0, 500), st.integers(0, 255)).map(
        lambda each: each[0][: each[1]] + bytes([each[2]]) + each[0][each[1] + 1 :]
    )
    return st.one_of(whole, whole, cut, bent, st.binary(max_size=40))


def manifest_or_refusal(content: bytes, kind: str) -> manifest.Manifest | str:
    try:
        return manifest.parse(content, kind)
    except ContentError as error:
        return str(error)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@fuzzed
@given(texts(damaged(MANIFESTS)), MEDIA_TYPES)
@example(written(HUGE | {"layers": [{**HUGE["layers"][0], "size": 10**400}]}), "")  # type: ignore[dict-item]
@example(written({"mediaType": "x" * 100_000}), "x")
@example(b"\xff\xfe{\0}\0", media_type.OCI_INDEX)
def test_a_manifest_is_understood_or_refused_in_a_short_sentence(content: bytes, kind: str):
    read = manifest_or_refusal(content, kind)
    if isinstance(read, str):
        assert len(read) < 400
        return
    assert read.content == content
    assert read.digest == Digest.of(content)
    for entry in (*read.blobs, *read.manifests, *([read.subject] if read.subject else ())):
        assert 0 <= entry.size < 2**63
        assert entry.digest == Digest(entry.digest)
    assert len({each.digest for each in read.blobs}) == len(read.blobs)


@fuzzed
@given(MANIFESTS, st.data())
def test_what_a_manifest_lists_is_read_in_its_order(document: Any, data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted(media_type.INDEXES | media_type.IMAGES)))
    read = manifest.parse(written(document | {"mediaType": kind}), "")
    config = [document["config"]] if "config" in document else []
    listed = (
        document.get("manifests", [])
        if kind in media_type.INDEXES
        else [*config, *document.get("layers", []), *document.get("blobs", [])]
    )
    found = read.manifests if kind in media_type.INDEXES else read.blobs
    assert [each.digest for each in found] == list(dict.fromkeys(each["digest"] for each in listed))


@pytest.mark.parametrize("depth", [100, 900, 985, 990, 995, 1000, 5000, 100_000])
def test_no_document_is_too_deep_to_be_refused(depth: int):
    deep = nested(depth)
    for text in (deep, f'{{"errors":{deep}}}', f'{{"errors":[{{"code":{deep}}}]}}', DEEP % deep):
        error_code.parse(text.encode())
        for read in (manifest.parse, layout_index.parse):
            with suppress(ContentError):
                read(text.encode(), "x")
        layout_index.salvage(f'{{"manifests":[{deep}'.encode())
        with suppress(ProtocolError):
            tokens.read_token(text.encode(), "t.example", 0)
        with suppress(ProtocolError):
            tags._tags(answered(text.encode()), "r.example")


@fuzzed
@given(texts(damaged(INDEXES)), texts(damaged(MANIFESTS)))
def test_a_list_of_referrers_is_kept_and_added_to_or_refused(index: bytes, other: bytes):
    try:
        new = manifest.parse(other, media_type.OCI_MANIFEST)
        listed = referrers.read_index(index).manifests
    except ContentError:
        return
    after = referrers.read_index(referrers.added(index, new)).manifests
    assert [each.digest for each in after][: len(listed)] == [each.digest for each in listed]
    assert new.digest in {each.digest for each in after}


@fuzzed
@given(texts(damaged(ERRORS)))
@example(b'{"errors":[{"code":"X\\udc80","message":"a\\ud800\\u009b31m\\u202e"}]}')
@example(written({"errors": [{"code": "X" * 5000, "message": "y" * 5000}] * 5000}))
@example(b"\xff" * 5000)
def test_what_is_shown_of_an_error_is_short_and_steers_nothing(body: bytes):
    said = error_code.parse(body)
    assert len(said.message) <= 200
    assert sum(map(len, said.codes)) < 1000
    for text in (said.message, *said.codes):
        text.encode()
        assert not any(ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in text)


@fuzzed
@given(texts(damaged(st.fixed_dictionaries({"manifests": st.lists(ENTRIES, max_size=4)}))))
def test_the_index_of_a_layout_is_read_as_far_as_it_can_be(content: bytes):
    kept = layout_index.salvage(content).entries
    try:
        index = layout_index.parse(content, "index.json")
    except ContentError:
        return
    again = layout_index.parse(index.write(), "index.json")
    assert [written(each.raw) for each in again.entries] == [
        written(each.raw) for each in index.entries
    ]
    for entry in (*kept, *index.entries):
        assert entry.descriptor is None or 0 <= entry.descriptor.size < 2**63


@fuzzed
@given(
    texts(
        damaged(
            st.fixed_dictionaries(
                {}, optional={"token": st.text(), "access_token": st.text(), "expires_in": NUMBERS}
            )
        )
    )
)
@example(b'{"token":"x","expires_in":%s}' % (b"9" * 400))
@example(b'{"token":"x","expires_in":NaN}')
def test_a_token_holds_from_a_minute_to_a_day_or_is_none(body: bytes):
    with suppress(ProtocolError):
        token = tokens.read_token(body, "t.example", 1000)
        assert 48 <= token.renew_at_s - 1000 <= 24 * 3600
        assert token.value.isascii()
        assert "\n" not in token.value


@fuzzed
@given(texts(damaged(st.fixed_dictionaries({"tags": st.lists(st.text() | st.just("1.0"))}))))
def test_a_list_of_tags_holds_legal_ones_or_is_none(body: bytes):
    with suppress(ProtocolError):
        assert all(map(is_tag, tags._tags(answered(body), "r.example")))


@fuzzed
@given(
    texts(damaged(st.fixed_dictionaries({"repositories": st.lists(st.text() | st.just("a/b"))})))
)
def test_a_list_of_repositories_holds_legal_ones_or_is_none(body: bytes):
    with suppress(RegistryError):
        names = catalog._names("r.example", answered(body))
        assert all(catalog._is_legal("r.example", name) for name in names)
