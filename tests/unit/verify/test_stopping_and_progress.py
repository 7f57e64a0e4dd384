"""What listeners hear, and that a verification that is stopped leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.verify.world import mirror

from reposync.cli.progress.lines import fields
from reposync.cli.progress.state import ProgressState
from reposync.cli.progress.words import sentence
from reposync.errors import CorruptContentError, TransportError
from reposync.sync import events
from reposync.verify.depth import Depth


def progress(world):
    state = ProgressState("read")
    for number, event in enumerate(world.events):
        state.take(event, float(number))
    return state.at(float(len(world.events)))


async def test_progress_counts_images_and_the_bytes_that_are_read(world):
    graph = images.image("a", layers=2, layer_bytes=300_000)
    world.publish(graph, "1", "2")
    await world.verify(depth=Depth.BYTES)
    size = sum(blob.size for blob in graph.blobs)
    seen = progress(world)
    assert (seen.images_ended, seen.images_selected, seen.failed) == (2, 2, 0)
    assert (seen.sent_bytes, seen.total_bytes, seen.is_final) == (size, size, True)
    assert seen.transfers == ()
    assert sentence(seen).startswith("2 of 2 images, ")
    assert " read" in sentence(seen)
    assert fields(seen)["bytes_read"] == size
    assert "bytes_sent" not in fields(seen)


@pytest.mark.parametrize("error", [TransportError("cut"), CorruptContentError("wrong")])
async def test_a_blob_that_cannot_be_read_leaves_the_bytes_that_are_left(world, error):
    world.publish(images.image("a"), "1")
    world.registries["master"].fail(Failure("open_blob", error, times=None))
    await world.verify(depth=Depth.BYTES)
    seen = progress(world)
    assert seen.total_bytes == seen.sent_bytes
    assert seen.transfers == ()


async def test_a_verification_that_is_stopped_says_so_and_leaves_no_task(world):
    world.publish(images.multi_platform("a"), *(f"{n}" for n in range(5)))
    never = asyncio.Event()
    world.registries["master"].fail(Failure("blob_size", released=never, times=None))
    before = asyncio.all_tasks()
    run = asyncio.create_task(world.verify(mirror()))
    await world.registries["master"].called("blob_size")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert asyncio.all_tasks() == before
    (ended,) = (each for each in world.events if isinstance(each, events.RunEnded))
    assert ended.interrupted
