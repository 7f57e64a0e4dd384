"""Whereabouts: what is known of blobs and manifests, and in how little memory."""

from __future__ import annotations

import tracemalloc

import pytest
from tests import images
from tests.fakes.store import MemoryRegistry

from reposync.copy.blob_locations import BlobLocations
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference

BLOB = images.blob("a").digest
FIRST, SECOND, THIRD = (Reference("one.example", name) for name in "abc")
ELSEWHERE = Reference("two.example", "a")


@pytest.fixture
def known():
    return BlobLocations()


def test_a_blob_is_known_where_it_was_noted_alone(known):
    for place in (FIRST, SECOND, ELSEWHERE):
        assert not known.has_blob(place, BLOB)
        known.note_blob(place, BLOB)
    assert all(known.has_blob(place, BLOB) for place in (FIRST, SECOND, ELSEWHERE))
    assert not known.has_blob(THIRD, BLOB)
    assert not known.has_blob(FIRST, images.blob("b").digest)


def test_a_neighbour_is_another_repository_of_the_same_registry(known):
    known.note_blob(ELSEWHERE, BLOB)
    assert known.neighbour(FIRST, BLOB) is None
    known.note_blob(SECOND, BLOB)
    assert known.neighbour(FIRST, BLOB) == "b"
    assert known.neighbour(SECOND, BLOB) is None


def test_what_was_forgotten_at_one_place_is_known_at_the_others(known):
    for place in (FIRST, SECOND):
        known.note_blob(place, BLOB)
    known.forget_blobs(FIRST, [BLOB])
    assert not known.has_blob(FIRST, BLOB)
    assert known.neighbour(FIRST, BLOB) == "b"
    known.forget_blobs(SECOND, [BLOB])
    assert known.neighbour(FIRST, BLOB) is None
    known.note_blob(FIRST, BLOB)
    assert known.has_blob(FIRST, BLOB)


def test_a_blob_is_read_from_its_first_copy_until_that_cannot_be_read(known):
    store, other = (MemoryRegistry(host).repository("a") for host in ("one.example", "two.example"))
    known.note_copy(BLOB, store)
    known.note_copy(BLOB, other)
    assert known.copy_of(BLOB) is store
    known.distrust_copies(BLOB)
    assert known.copy_of(BLOB) is None
    known.note_copy(BLOB, store)
    assert known.copy_of(BLOB) is None
    known.note_copy(BLOB, other)
    assert known.copy_of(BLOB) is other
    assert known.has_blob(store.reference, BLOB)


def test_a_manifest_is_known_where_it_was_noted_alone(known):
    known.note_manifest(FIRST, BLOB)
    assert known.has_manifest(FIRST, BLOB)
    assert not known.has_manifest(SECOND, BLOB)


def test_a_blob_and_a_manifest_take_few_bytes_each(known):
    store = MemoryRegistry().repository("a")
    count, limit_bytes = 20_000, 320
    tracemalloc.start()
    for number in range(count):
        digest = Digest(f"sha256:{number:064x}")
        known.note_copy(digest, store)
        known.note_manifest(store.reference, digest)
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes / count < limit_bytes
