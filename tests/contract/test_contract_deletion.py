"""Deleting: for stores that have it."""

from __future__ import annotations

import pytest
from tests import images
from tests.contract.pushing import push

from reposync.errors import UnsupportedError
from reposync.oci.digest import Digest
from reposync.registry.repository import Repository

IMAGE = images.image("deleted")
NOTHING = Digest.of(b"never pushed")


@pytest.fixture
async def pushed(repository):
    """Return a repository with two tags of one image, where the store deletes at all."""
    if not isinstance(repository, Repository):
        pytest.skip("this store deletes nothing")
    await push(repository, IMAGE, "1.0", "stable")
    return repository


async def test_a_tag_is_deleted_alone(pushed):
    assert await pushed.delete_tag("1.0")
    assert await pushed.resolve("1.0") is None
    assert (await pushed.resolve("stable")).digest == IMAGE.digest


async def test_a_manifest_is_deleted_with_its_tags(pushed):
    assert await pushed.delete_manifest(IMAGE.digest)
    assert await pushed.resolve("1.0") is None
    assert await pushed.resolve(IMAGE.digest) is None


async def test_a_blob_is_deleted(pushed):
    blob = IMAGE.blobs[-1]
    assert await pushed.delete_manifest(IMAGE.digest)
    assert await pushed.delete_blob(blob.digest)
    assert not await pushed.has_blob(blob.descriptor)


async def test_what_is_not_there_is_not_deleted(pushed):
    assert not await pushed.delete_manifest(NOTHING)
    assert not await pushed.delete_blob(NOTHING)


async def test_a_registry_that_deletes_no_tags_says_so(request, pushed):
    if not request.node.callspec.id.startswith("docker-registry"):
        pytest.skip("it deletes tags")
    with pytest.raises(UnsupportedError, match="does not delete by tag") as refused:
        await pushed.delete_tag("1.0")
    assert not refused.value.retryable
    assert (await pushed.resolve("1.0")).digest == IMAGE.digest
