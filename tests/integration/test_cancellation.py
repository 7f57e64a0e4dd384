"""A run that is stopped in the middle leaves no upload open, and the next one ends whole."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry, Fault, StallResponse

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.sync.events import Event, RunEnded
from reposync.wiring import run as wiring


async def test_a_stopped_run_cancels_its_uploads_and_the_next_one_is_whole(fake_registry):
    graph = images.image("x", layers=1, layer_bytes=3_000_000)
    images.fill(fake_registry.repository("a"), graph, "1")
    stall = StallResponse(1_000_000, asyncio.Event())
    fake_registry.fail(Fault("GET", "/blobs/", stall, times=9))
    events: list[Event] = []
    async with FakeRegistry() as there:
        config = Config(
            registries={
                "source": Registry(url=fake_registry.host, skip_tls_verify=True),
                "there": Registry(url=there.host, skip_tls_verify=True),
            },
            stages=(
                Stage(
                    source=Source(source="source", repository="a"),
                    rules=(Rule(destination="there", repository="b"),),
                ),
            ),
        )

        def run():
            return wiring.sync(config, {}, parallel_sync_tasks=10, listener=events.append)

        task = asyncio.create_task(run())
        await there.log.arrived("PUT", "/uploads/", 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        last = events[-1]
        assert isinstance(last, RunEnded)
        assert last.interrupted
        assert there.requests("DELETE", "/uploads/")
        assert not there.requests("PUT", "/manifests/")
        stall.released.set()
        fake_registry.behave()
        await run()
        assert set(graph_digests(graph)) <= set(there.contents)


def graph_digests(graph):
    return [piece.digest for piece in graph.blobs]
