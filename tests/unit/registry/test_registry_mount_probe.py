"""A mount from the repository itself in place of a look, where the registry is known to tell so."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import Answer, CutAnswer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import RateLimitedError, UnavailableError
from reposync.oci.descriptor import SMALL_BYTES
from reposync.registry.blobs import mount_probe

TWO_STEPS = Options(whole_blobs=False)
BLOBS = [images.blob(f"blob {number}", 1000) for number in range(16)]
NEW = images.blob("new", 1000)
MANY = [images.blob(f"one of many {number}", 1000) for number in range(40)]
LATER = images.blob("later", 1000)
LARGE = images.blob("large", 1024 * 1024 + 1)


async def chunks(content):
    yield content


async def place(there, blob):
    if not await there.has_blob(blob.descriptor):
        await there.push_blob(blob.descriptor, chunks(blob.content))


async def place_all(there):
    for blob in BLOBS:
        await place(there, blob)


def looks(registry, blob):
    return registry.requests("HEAD", f"/blobs/{blob.descriptor.digest}")


async def learnt(registry, client):
    """Have it known that the registry tells by mounts."""
    await place_all(repository(client))
    await place(repository(client), NEW)
    registry.log.clear()


async def test_a_registry_that_tells_by_mounts_is_not_looked_at_any_more():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        await place(repository(client), LATER)
        methods = [request.method for request in registry.requests()]
        assert methods == ["POST", "PUT"]
        assert await repository(client).has_blob(LATER.descriptor)
        assert not registry.open_uploads


async def place_at_once(there):
    await asyncio.gather(*(place(there, blob) for blob in MANY))


async def test_many_at_once_wait_for_what_the_first_teach(monkeypatch):
    monkeypatch.setattr(mount_probe, "_WAIT_LIMIT_S", 60)
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        assert await repository(client).resolve("1.0") is None  # it has answered, and is near
        await place_at_once(repository(client))
        assert len(registry.requests("HEAD", "/blobs/")) == 16
        assert set(registry.contents) == {blob.digest for blob in MANY}
        assert not registry.open_uploads


async def test_one_that_stands_there_teaches_as_well():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await place_all(repository(client))
        async with opened(registry) as another:
            registry.log.clear()
            await place_all(repository(another))
            await place(repository(another), NEW)
            assert not looks(registry, NEW)
            assert len(registry.requests("PUT")) == 1


async def test_what_one_client_learned_another_of_its_host_knows():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        assert client.known.mount_probe is True
        async with opened(registry, state=client.state) as another:
            await place(repository(another, "team/other"), LATER)
        methods = [request.method for request in registry.requests("", "/v2/.+")]
        assert methods == ["POST", "PUT"]


@pytest.mark.parametrize("is_far", [True, False], ids=["far", "slow at pushes"])
async def test_nobody_waits_longer_than_a_moment(is_far, monkeypatch):
    monkeypatch.setattr(mount_probe, "_WAIT_LIMIT_S", 60 if is_far else 0.05)
    monkeypatch.setattr(mount_probe, "_LESSON", 1e9 if is_far else 0)
    all_have_looked = asyncio.Barrier(len(MANY))

    async def place_late(there, blob):
        assert not await there.has_blob(blob.descriptor)
        await all_have_looked.wait()  # nothing is there before, and so nothing can be learnt
        await there.push_blob(blob.descriptor, chunks(blob.content))

    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        there = repository(client)
        assert await there.resolve("1.0") is None
        async with asyncio.timeout(30):
            await asyncio.gather(*(place_late(there, blob) for blob in MANY))
        assert len(registry.requests("HEAD", "/blobs/")) == len(MANY)
        assert set(registry.contents) == {blob.digest for blob in MANY}


async def test_who_waits_where_whole_blobs_are_taken_asks_for_no_mount(monkeypatch):
    monkeypatch.setattr(mount_probe, "_WAIT_LIMIT_S", 60)
    async with FakeRegistry() as registry, opened(registry) as client:
        assert await repository(client).resolve("1.0") is None
        await place_at_once(repository(client))
        assert len(registry.requests("HEAD", "/blobs/")) == len(MANY)
        assert not [each for each in registry.requests("POST") if "mount" in each.query]


async def test_what_is_there_is_looked_at_and_not_sent_again():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        await place(repository(client), BLOBS[0])
        methods = [request.method for request in registry.requests()]
        assert methods == ["POST", "HEAD"]
        assert not registry.open_uploads


async def test_a_blob_that_is_cut_off_there_is_sent_again():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        registry.contents[BLOBS[0].digest] = BLOBS[0].content[:500]
        assert not await repository(client).has_blob(BLOBS[0].descriptor)


@pytest.mark.parametrize("answer", [Answer(500), Answer(403), Answer(202)])
async def test_what_a_refused_mount_does_not_tell_is_looked_for(answer):
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        registry.fail(Fault("POST", "/uploads/", answer, times=None))
        assert await repository(client).has_blob(BLOBS[0].descriptor)
        assert not await repository(client).has_blob(LATER.descriptor)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_registry_too_busy_to_mount_is_too_busy_for_a_push(status):
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        registry.fail(Fault("POST", "/uploads/", Answer(status)))
        with pytest.raises((RateLimitedError, UnavailableError)):
            await repository(client).has_blob(LATER.descriptor)


async def test_a_large_blob_is_looked_for_all_the_same():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await place_all(repository(client))
        await place(repository(client), LARGE)
        assert looks(registry, LARGE)


async def test_of_those_that_queue_for_their_bytes_few_wait_with_an_open_upload(monkeypatch):
    monkeypatch.setattr(mount_probe, "_MOST_OPEN", 3)
    medium = [images.blob(f"medium {number}", SMALL_BYTES + 1) for number in range(5)]
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await learnt(registry, client)
        for blob in (*medium, LATER):
            assert not await repository(client).has_blob(blob.descriptor)
        assert [bool(looks(registry, blob)) for blob in medium] == [False] * 3 + [True] * 2
        assert not looks(registry, LATER)
        for blob in (*medium, LATER):
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
        assert not registry.open_uploads


async def test_few_blobs_are_not_worth_the_question():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await place_all(repository(client))
        assert not [each for each in registry.requests("POST") if "mount" in each.query]


async def test_a_registry_that_takes_whole_blobs_is_not_asked():
    async with FakeRegistry() as registry, opened(registry) as client:
        await place_all(repository(client))
        await place(repository(client), NEW)
        assert looks(registry, NEW)
        assert not [each for each in registry.requests("POST") if "mount" in each.query]


def answering_mounts(answer, times):
    """Let a registry answer so as often to what is asked after those pushes."""
    return Fault("POST", "/uploads/", answer, times=times, skip=len(BLOBS))


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        (Options(whole_blobs=False, mounts=False), []),
        (TWO_STEPS, [answering_mounts(Answer(400), times=1)]),
        (TWO_STEPS, [answering_mounts(Answer(503), times=1)]),
        (TWO_STEPS, [answering_mounts(CutAnswer(), times=1)]),
        (TWO_STEPS, [answering_mounts(Answer(201), times=2)]),
    ],
    ids=["mounts nothing", "refuses to", "is busy", "gives no answer", "says yes to everything"],
)
async def test_a_registry_that_does_not_tell_so_is_looked_at(options, faults):
    async with FakeRegistry(options, faults) as registry, opened(registry) as client:
        await place_all(repository(client))
        await place(repository(client), NEW)
        assert [each for each in registry.requests("POST") if "mount=" in each.query]
        assert looks(registry, NEW)
        assert await repository(client).has_blob(NEW.descriptor)
        assert not registry.open_uploads


async def test_an_upload_that_a_mount_began_is_looked_past():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await place_all(repository(client))
        assert not await repository(client).mount_blob(NEW.descriptor, "team/other")
        assert not await repository(client).has_blob(NEW.descriptor)
        assert looks(registry, NEW)


async def test_a_registry_that_may_hold_it_in_part_is_looked_at():
    async with FakeRegistry(TWO_STEPS) as registry, opened(registry) as client:
        await place_all(repository(client))
        client.state.capabilities.observe_damage()
        await place(repository(client), NEW)
        assert looks(registry, NEW)
