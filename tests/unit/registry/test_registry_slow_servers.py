"""Registries that are never silent and never done: how long one operation waits, tries included."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
from reposync.oci.descriptor import SMALL_BYTES
from reposync.oci.reference import Reference
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

GIVEN_UP_WITHIN_S = 240.0
SMALL = images.blob("slow small", 1000)
LARGE = images.blob("slow large", SMALL_BYTES * 2)
OPEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def dribbling(line):
    """Answer the first contact, and everything else at a byte every two seconds."""
    while True:
        head = await line._reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET /v2/ "):
            await line.send(OPEN)
            continue
        length = LARGE.descriptor.size
        if b"Range:" in head:
            start = int(head.partition(b"bytes=")[2].partition(b"-")[0])
            span = b"%d-%d/%d" % (start, length - 1, length)
            await line.send(b"HTTP/1.1 206 x\r\nContent-Range: bytes " + span + b"\r\n")
            length -= start
        else:
            await line.send(b"HTTP/1.1 200 OK\r\n")
        await line.send(b"Content-Length: %d\r\n\r\n" % length)
        while True:
            await asyncio.sleep(2.0)
            await line.send(b"x")


async def manifest(there):
    await there.fetch_manifest("1.0")


async def read(there, blob):
    async with there.open_blob(blob.descriptor) as chunks:
        async for _ in chunks:
            pass


async def small_blob(there):
    await read(there, SMALL)


async def large_blob(there):
    await read(there, LARGE)


async def tags(there):
    async for _ in there.list_tags():
        pass


@pytest.mark.parametrize("use", [manifest, small_blob, large_blob, tags])
def test_an_operation_that_makes_no_progress_ends_within_four_minutes(use):
    async def main():
        loop = asyncio.get_running_loop()
        async with serving(dribbling) as server:
            transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
            client = RegistryClient(
                HostState(server.host),
                transport=transport,
                retrier=Retrier(RetryPolicy()),
                schemes=("http",),
            )
            began_s = loop.time()
            with pytest.raises(TransportError, match="fewer than 256 bytes per second"):
                await use(Repository(client, Reference(server.host, "app")))
            await transport.close()
            return loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) <= GIVEN_UP_WITHIN_S
