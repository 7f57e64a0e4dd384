"""Registries whose kept connections are dead when they are used again: uploads arrive anyway."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from tests import images

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.report.summary import SummaryBuilder
from reposync.wiring.run import sync

COUNT = 10
TIRED = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Line:
    """A connection that carries one request and its answer, and no other request."""

    def __init__(self, reader, writer, ending):
        self._reader = reader
        self._writer = writer
        self._ending = ending
        self._is_answered = False

    async def join(self, host):
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            async with asyncio.TaskGroup() as group:
                back = group.create_task(self._bring_back(reader))
                group.create_task(self._send_on(writer, back))
        except* ConnectionError:
            pass
        finally:
            writer.transport.abort()
            self._writer.close()

    async def _bring_back(self, reader):
        while data := await reader.read(65536):
            self._is_answered = True
            self._writer.write(data)

    async def _send_on(self, writer, back):
        while data := await self._reader.read(65536):
            if self._is_answered:
                self._writer.write(self._ending)
                break
            writer.write(data)
            await writer.drain()
        back.cancel()


@asynccontextmanager
async def single_use(host, ending):
    """Stand before *host*; who sends a second request along a connection gets *ending*."""

    async def serve(reader, writer):
        await Line(reader, writer, ending).join(host)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        yield f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("ending", [b"", TIRED], ids=["closed", "408"])
async def test_images_arrive_whole_where_each_connection_is_good_for_one_request(
    fake_registry, plain_registry, name, ending
):
    graphs = {f"v{n}": images.image(f"{name} {n}", layer_bytes=600_000) for n in range(COUNT)}
    for tag, graph in graphs.items():
        images.push_graph(plain_registry.url, name, graph, tag)
    async with single_use(fake_registry.host, ending) as host:
        summary = SummaryBuilder()
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository="app"),),
        )
        registries = {
            "here": Registry(url=plain_registry.url),
            "there": Registry(url=f"http://{host}"),
        }
        config = Config(registries=registries, stages=(stage,))
        await sync(config, {}, parallel_sync_tasks=5, listener=summary)
    assert not summary.build().failures
    assert sorted(fake_registry.repository("app").tags) == sorted(graphs)
