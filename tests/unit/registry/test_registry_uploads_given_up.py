"""No upload is left open: not by who is stopped, nor by who needs none after all."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options, Stall
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.registry.clients import opened, repository

from reposync.errors import ProtocolError, UnavailableError
from reposync.oci.descriptor import SMALL_BYTES
from reposync.registry.blobs import upload_sessions

SMALL = images.blob("small", 1000)
LARGE = images.blob("large", SMALL_BYTES + 1)
NO_SHORT_CUTS = Options(whole_blobs=False, mounts=False)


async def chunks(content):
    yield content


async def silence():
    await asyncio.Event().wait()
    yield b""


def pushing(blob):
    return lambda there: there.push_blob(blob.descriptor, chunks(blob.content))


def mounting(blob):
    return lambda there: there.mount_blob(blob.descriptor, "team/other")


@pytest.mark.parametrize(
    "ask",
    [pushing(SMALL), pushing(LARGE), mounting(SMALL)],
    ids=["a small blob", "a large blob", "a mount"],
)
async def test_an_upload_that_is_opened_for_who_was_stopped_is_given_up(ask):
    stall = Stall(asyncio.Event())
    faults = [Fault("POST", "/uploads/", stall)]
    async with FakeRegistry(NO_SHORT_CUTS, faults) as registry, opened(registry) as client:
        task = asyncio.create_task(ask(repository(client)))
        await registry.log.arrived("POST", "/uploads/")
        task.cancel()
        stall.released.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert registry.requests("DELETE", "/uploads/")
        assert not registry.open_uploads


async def test_a_small_blob_that_was_taken_meanwhile_needs_no_more():
    stall = Stall(asyncio.Event())
    faults = [Fault("POST", "/uploads/", stall)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        task = asyncio.create_task(pushing(SMALL)(repository(client)))
        await registry.log.arrived("POST", "/uploads/")
        task.cancel()
        stall.released.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not registry.requests("DELETE")


@pytest.mark.parametrize("silent", ["POST", "DELETE"])
def test_a_registry_that_is_silent_holds_nobody_up_for_long(silent):
    async def stopped() -> float:
        stall = Stall(asyncio.Event())
        faults = [Fault(silent, "/uploads/", stall)]
        async with FakeRegistry(NO_SHORT_CUTS, faults) as registry, opened(registry) as client:
            task = asyncio.create_task(repository(client).push_blob(LARGE.descriptor, silence()))
            await registry.log.arrived("POST", "/uploads/")
            began_s = asyncio.get_running_loop().time()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            stall.released.set()
            return asyncio.get_running_loop().time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(stopped()) <= 8


async def test_who_is_stopped_twice_still_gives_the_upload_up():
    stall = Stall(asyncio.Event())
    faults = [Fault("DELETE", "/uploads/", stall)]
    async with FakeRegistry(NO_SHORT_CUTS, faults) as registry, opened(registry) as client:
        task = asyncio.create_task(repository(client).push_blob(LARGE.descriptor, silence()))
        await registry.log.arrived("POST", "/uploads/")
        task.cancel()
        await registry.log.arrived("DELETE", "/uploads/")
        task.cancel()
        stall.released.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not registry.open_uploads


async def test_a_registry_that_is_busy_is_asked_again_to_give_an_upload_up():
    faults = [Fault("PUT", "/uploads/", Answer(500)), Fault("DELETE", "/uploads/", Answer(503))]
    async with FakeRegistry(NO_SHORT_CUTS, faults) as registry, opened(registry) as client:
        with pytest.raises(UnavailableError, match="500"):
            await pushing(LARGE)(repository(client))
        assert len(registry.requests("DELETE", "/uploads/")) == 2
        assert not registry.open_uploads


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_an_upload_that_a_registry_says_to_have_closed_and_has_not_is_given_up(status):
    faults = [Fault("PUT", "/uploads/", Answer(status))]
    async with FakeRegistry(NO_SHORT_CUTS, faults) as registry, opened(registry) as client:
        with pytest.raises(ProtocolError, match="does not have it"):
            await pushing(LARGE)(repository(client))
        assert not registry.open_uploads


async def test_an_upload_that_was_begun_instead_of_a_mount_is_given_up_where_the_blob_is_there():
    async with FakeRegistry(NO_SHORT_CUTS) as registry, opened(registry) as client:
        there = repository(client)
        registry.repository("team/app").add_blob(SMALL.content)
        assert not await there.mount_blob(SMALL.descriptor, "team/other")
        assert registry.open_uploads
        assert await there.has_blob(SMALL.descriptor)
        assert not registry.open_uploads


async def test_as_long_as_such_an_upload_waits_for_its_blob_no_other_is_begun():
    async with FakeRegistry(NO_SHORT_CUTS) as registry, opened(registry) as client:
        for _ in range(2):
            assert not await repository(client).mount_blob(SMALL.descriptor, "team/other")
        assert len(registry.open_uploads) == 1
        await pushing(SMALL)(repository(client))
        assert len(registry.requests("POST", "/uploads/")) == 1
        assert not registry.open_uploads


async def test_such_uploads_that_nobody_used_are_given_up_in_the_end():
    async with FakeRegistry(NO_SHORT_CUTS) as registry, opened(registry) as client:
        for blob in (SMALL, LARGE):
            assert not await repository(client).mount_blob(blob.descriptor, "team/other")
        assert len(registry.open_uploads) == 2
        await upload_sessions.give_all_up([client])
        assert not registry.open_uploads
