"""Registries that go away in the middle of a run, and come back."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from tests import images
from tests.servers.docker_registry import docker_registry

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Outcome, Status
from reposync.sync.events import ImageEnded, ImageStarted
from reposync.wiring.run import sync

COUNT = 30


def mirror(source, destination, repository):
    return Config(
        registries={
            "source": Registry(url=source.host, skip_tls_verify=True),
            "destination": Registry(url=destination.host, skip_tls_verify=True),
        },
        stages=(
            Stage(
                source=Source(source="source", repository=repository),
                rules=(Rule(destination="destination", repository="app"),),
            ),
        ),
    )


async def test_a_registry_that_is_killed_and_started_again_costs_a_run_nothing_but_time(
    plain_registry, tmp_path
):
    graphs = {f"v{n}": images.image(f"outage {n}", layer_bytes=300_000) for n in range(COUNT)}
    name = f"outage-{tmp_path.name.lower().replace('_', '-')}"
    for tag, graph in graphs.items():
        images.push_graph(plain_registry.url, name, graph, tag)
    outcomes: dict[str, Outcome] = {}
    half = asyncio.Event()

    def listener(event):
        if isinstance(event, ImageEnded):
            outcomes.update((one.destination.tag, one) for one in event.outcomes)
        if isinstance(event, ImageEnded | ImageStarted) and len(outcomes) >= COUNT // 3:
            half.set()

    with ExitStack() as stack:
        there = stack.enter_context(docker_registry(tmp_path))
        file = mirror(plain_registry, there, name)
        run = asyncio.create_task(sync(file, {}, parallel_sync_tasks=5, listener=listener))
        await half.wait()
        await asyncio.to_thread(stack.close)
        await asyncio.sleep(1)  # it is away for a moment
        port = int(there.host.rpartition(":")[2])
        again = await asyncio.to_thread(stack.enter_context, docker_registry(tmp_path, port=port))
        assert again.host == there.host
        await run
        assert {tag: one.status for tag, one in outcomes.items()} == dict.fromkeys(
            graphs, Status.COPIED
        )
        for tag, graph in graphs.items():
            assert outcomes[tag].digest == graph.digest
            for blob in graph.blobs:
                assert again.blob_file(blob.digest).read_bytes() == blob.content
