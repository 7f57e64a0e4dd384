from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from tests import images
from tests.contract.pushing import chunks, push_blob
from tests.images import Piece

from reposync.errors import ContentError, NotFoundError, RegistryError

SMALL = images.blob("small", 1000)
EMPTY = images.blob("empty", 0)
LARGE = images.blob("large", 5 * 1024 * 1024)


async def read(repository, blob):
    content = bytearray()
    async with repository.open_blob(blob.descriptor) as opened:
        async for chunk in opened:
            assert chunk
            content += chunk
    return content


@pytest.mark.parametrize("blob", [SMALL, EMPTY, LARGE], ids=["small", "empty", "large"])
async def test_a_blob_that_was_pushed_is_there_and_whole(repository, blob):
    assert not await repository.has_blob(blob.descriptor)
    await push_blob(repository, blob)
    assert await repository.has_blob(blob.descriptor)
    assert await read(repository, blob) == blob.content


@pytest.mark.parametrize("blob", [SMALL, EMPTY, LARGE], ids=["small", "empty", "large"])
async def test_the_size_of_a_blob_is_known_without_reading_it(repository, blob):
    assert await repository.blob_size(blob.descriptor) is None
    await push_blob(repository, blob)
    assert await repository.blob_size(blob.descriptor) == blob.size


async def test_the_size_of_a_blob_is_that_of_what_is_stored(repository):
    await push_blob(repository, SMALL)
    longer = replace(SMALL.descriptor, size=SMALL.size + 1)
    assert await repository.blob_size(longer) == SMALL.size


async def test_a_blob_that_is_not_there_is_refused_when_it_is_opened(repository):
    await push_blob(repository, SMALL)
    with pytest.raises(NotFoundError):
        await repository.open_blob(LARGE.descriptor).__aenter__()


async def test_a_blob_of_a_repository_that_nobody_knows_is_not_there(repository):
    assert not await repository.has_blob(SMALL.descriptor)
    with pytest.raises(NotFoundError):
        await repository.open_blob(SMALL.descriptor).__aenter__()


async def test_a_blob_can_be_opened_and_left_unread(repository):
    await push_blob(repository, LARGE)
    async with repository.open_blob(LARGE.descriptor) as opened:
        assert await anext(aiter(opened))
    assert await read(repository, LARGE) == LARGE.content


async def test_the_last_chunk_of_a_damaged_blob_is_never_given(store, repository):
    blob = images.blob(repository.reference.repository, 1024 * 1024)
    await push_blob(repository, blob)
    store.damage(blob.digest)
    received = bytearray()

    async def receive():
        async with repository.open_blob(blob.descriptor) as opened:
            async for chunk in opened:
                received.extend(chunk)

    with pytest.raises(ContentError):
        await receive()
    assert len(received) < blob.size


async def test_a_blob_that_is_pushed_again_is_harmless(repository):
    for _ in range(2):
        await push_blob(repository, SMALL)
    assert await read(repository, SMALL) == SMALL.content


WRONG = {
    "another": b"x" * SMALL.size,
    "shorter": SMALL.content[:-1],
    "longer": SMALL.content + b"x",
    "none": b"",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
async def test_wrong_content_is_refused_and_leaves_nothing(repository, content):
    with pytest.raises(ContentError):
        await push_blob(repository, Piece(SMALL.descriptor, content))
    assert not await repository.has_blob(SMALL.descriptor)


async def test_a_push_that_is_cancelled_leaves_no_blob(repository):
    open_uploads = asyncio.Event()

    async def half():
        yield LARGE.content[: LARGE.size // 2]
        open_uploads.set()
        await asyncio.Event().wait()

    push = asyncio.create_task(repository.push_blob(LARGE.descriptor, half()))
    await open_uploads.wait()
    push.cancel()
    with pytest.raises(asyncio.CancelledError):
        await push
    assert not await repository.has_blob(LARGE.descriptor)
    await push_blob(repository, LARGE)
    assert await read(repository, LARGE) == LARGE.content


@pytest.mark.parametrize("end", ["pushed", "refused", "cancelled"])
async def test_the_chunks_are_closed_however_a_push_ends(repository, end):
    open_uploads = asyncio.Event()
    closed = asyncio.Event()

    async def watched():
        try:
            yield b"x" if end == "refused" else SMALL.content
            open_uploads.set()
            if end == "cancelled":
                await asyncio.Event().wait()
        finally:
            closed.set()

    push = asyncio.create_task(repository.push_blob(SMALL.descriptor, watched()))
    if end == "cancelled":
        await open_uploads.wait()
        push.cancel()
    await asyncio.wait([push])
    assert closed.is_set()
    assert push.cancelled() is (end == "cancelled")
    assert end == "cancelled" or (push.exception() is None) is (end == "pushed")


async def test_the_chunks_are_closed_when_the_push_cannot_begin(store):
    repository = store.repository("Not/Legal")
    source = chunks(SMALL.content)
    with pytest.raises(RegistryError):
        await repository.push_blob(SMALL.descriptor, source)
    with pytest.raises(StopAsyncIteration):
        await anext(source)


async def test_the_failure_of_the_chunks_is_the_failure_of_the_push(repository):
    class SourceError(Exception):
        pass

    async def failing():
        yield SMALL.content[:100]
        raise SourceError

    with pytest.raises(SourceError):
        await repository.push_blob(SMALL.descriptor, failing())
    assert not await repository.has_blob(SMALL.descriptor)


async def test_blobs_can_be_pushed_and_read_at_once(repository):
    blobs = [images.blob(f"{number}", 200_000) for number in range(8)]
    async with asyncio.TaskGroup() as group:
        for blob in blobs:
            group.create_task(push_blob(repository, blob))
    contents = await asyncio.gather(*(read(repository, blob) for blob in blobs))
    assert contents == [blob.content for blob in blobs]


async def test_a_blob_of_another_repository_is_mounted(store, name):
    repository, other = store.repository(f"{name}/one"), store.repository(f"{name}/two")
    await push_blob(other, SMALL)
    assert await repository.mount_blob(SMALL.descriptor, f"{name}/two")
    assert await repository.has_blob(SMALL.descriptor)
    assert await read(repository, SMALL) == SMALL.content


async def test_a_blob_that_the_other_repository_lacks_is_not_mounted(store, name):
    repository, other = store.repository(f"{name}/one"), store.repository(f"{name}/two")
    await push_blob(other, SMALL)
    assert not await repository.mount_blob(LARGE.descriptor, f"{name}/two")
    assert not await repository.mount_blob(LARGE.descriptor, f"{name}/nobody")
    assert not await repository.has_blob(LARGE.descriptor)
    await push_blob(repository, LARGE)


async def test_a_blob_is_told_to_be_there_or_not_also_after_many(repository):
    many = [images.blob(f"one of many, {number}", 100) for number in range(12)]
    for blob in many:
        assert not await repository.has_blob(blob.descriptor)
        await push_blob(repository, blob)
    for blob in many:
        assert await repository.has_blob(blob.descriptor)
    assert not await repository.has_blob(SMALL.descriptor)
    await push_blob(repository, SMALL)
    assert await read(repository, SMALL) == SMALL.content
