"""Digest tags: what a list of tags and the run's own writes tell of a digest."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry

from reposync.copy.digest_tags import DigestTags
from reposync.errors import DeniedError
from reposync.oci.digest import Digest
from reposync.oci.referrers import cosign_tags, fallback_tag

IMAGE = images.image("i")
SIGNATURE, ATTESTATION, _ = cosign_tags(IMAGE.digest)
LIST = fallback_tag(IMAGE.digest)
SHA256 = Digest("sha256:" + "a1" * 32)
SHA512 = Digest("sha512:" + "b2" * 64)
OTHER = Digest("sha512:" + "c3" * 64)


@pytest.fixture
def repository():
    repository = MemoryRegistry().repository("a")
    images.fill(repository, IMAGE, "1")
    images.fill(repository, images.artifact("sig"), SIGNATURE)
    return repository


async def test_one_list_tells_the_tags_of_all_digests(repository):
    digest_tags = DigestTags()
    assert await digest_tags.of(repository, IMAGE.digest) == (SIGNATURE,)
    assert await digest_tags.of(repository, images.image("other").digest) == ()
    assert repository.registry.count("list_tags") == 1


@pytest.mark.parametrize("subject", [SHA256, SHA512])
async def test_a_list_shows_which_digests_have_a_fallback_tag(repository, subject):
    digest_tags = DigestTags()
    digest_tags.note(repository.reference, ["1", fallback_tag(SHA256), fallback_tag(SHA512)])
    assert await digest_tags.of(repository, subject) == (fallback_tag(subject),)
    assert not digest_tags.knows_of_none(repository.reference, subject)
    assert digest_tags.knows_of_none(repository.reference, OTHER)
    assert not repository.registry.calls


async def test_what_is_written_after_a_list_was_made_is_known(repository):
    digest_tags = DigestTags()
    await digest_tags.of(repository, IMAGE.digest)
    digest_tags.note_written(repository.reference, "1", LIST)
    assert await digest_tags.of(repository, IMAGE.digest) == (LIST, SIGNATURE)
    assert repository.registry.count("list_tags") == 1


async def test_what_is_written_is_known_though_a_later_list_does_not_tell_it_yet(repository):
    digest_tags = DigestTags()
    digest_tags.note_written(repository.reference, ATTESTATION)
    digest_tags.note(repository.reference, ["1"])
    assert await digest_tags.of(repository, IMAGE.digest) == (ATTESTATION,)


def test_nothing_is_known_of_a_digest_before_a_list_was_made(repository):
    digest_tags = DigestTags()
    digest_tags.note_written(repository.reference, "1")
    assert not digest_tags.knows_of_none(repository.reference, IMAGE.digest)


def test_a_list_tells_that_no_tag_speaks_of_a_digest_until_one_is_written(repository):
    digest_tags = DigestTags()
    digest_tags.note(repository.reference, ["1"])
    assert digest_tags.knows_of_none(repository.reference, IMAGE.digest)
    digest_tags.note_written(repository.reference, SIGNATURE)
    assert not digest_tags.knows_of_none(repository.reference, IMAGE.digest)


async def test_a_list_that_was_on_its_way_when_lists_were_forgotten_is_not_used(repository):
    digest_tags, released = DigestTags(), asyncio.Event()
    repository.registry.fail(Failure("list_tags", released=released, after_effect=True))
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(digest_tags.of(repository, IMAGE.digest))
        await repository.registry.called("list_tags")
        await asyncio.sleep(0)  # the list is made now, and its answer held
        digest_tags.forget_list(repository.reference)
        images.fill(repository, images.artifact("att"), ATTESTATION)
        assert await digest_tags.of(repository, IMAGE.digest) == (SIGNATURE, ATTESTATION)
        released.set()
    assert asked.result() == (SIGNATURE,)
    assert await digest_tags.of(repository, IMAGE.digest) == (SIGNATURE, ATTESTATION)


async def test_where_there_is_no_list_each_name_is_looked_up(repository):
    repository.registry.fail(Failure("list_tags", DeniedError("no"), times=None))
    digest_tags = DigestTags()
    assert await digest_tags.of(repository, IMAGE.digest) == (SIGNATURE,)
    assert not digest_tags.knows_of_none(repository.reference, IMAGE.digest)
