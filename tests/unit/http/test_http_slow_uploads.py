"""Uploads through links so slow that the kernel holds minutes of them, in virtual time."""

from __future__ import annotations

import asyncio
import sys

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import CREATED, serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
from reposync.http.transport import Request
from reposync.trust import Trust, tls_context

WINDOW_BYTES = 16 * 1024
SIZES = {"small": 200_000, "large": 1_000_000}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what TCP acknowledges")


def streamed(body):
    async def chunks():
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    return chunks()


async def put(link, server, body, make_body):
    """Send *body* through *link*; return the status of the answer."""
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
    url = server.url().replace(server.host, link.host)
    try:
        request = Request("PUT", url, body=make_body(body), body_bytes=len(body))
        async with transport.send(request) as response:
            return response.status
    finally:
        await transport.close()


def uploaded(size, make_body, bytes_per_s, tls=None):
    async def main():
        async def taking(line):
            await line.request(size)
            await line.send(CREATED)
            await line.rest()

        async def narrow(line):
            await line.to(server.host, bytes_per_s)

        async with (
            serving(taking, tls=tls) as server,
            serving(narrow, window_bytes=WINDOW_BYTES) as link,
        ):
            return await put(link, server, b"x" * size, make_body)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("make_body", [bytes, streamed])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_an_upload_that_is_taken_slowly_and_steadily_arrives(certificates, size, make_body, is_tls):
    tls = certificates.server_context() if is_tls else None
    assert uploaded(size, make_body, 1024, tls) == 201


@pytest.mark.parametrize("make_body", [bytes, streamed])
def test_an_upload_that_is_taken_more_slowly_than_the_least_rate_is_given_up(make_body):
    with pytest.raises(TransportError, match="fell silent"):
        uploaded(SIZES["large"], make_body, 100)
