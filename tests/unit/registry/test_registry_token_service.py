"""Token services that are not what they seem: pages, redirects, answers that never end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import ProtocolError, TransportError
from reposync.http.http_transport import HttpTransport
from reposync.oci.challenge import Challenge
from reposync.registry.auth.token_service import Demand, TokenService
from reposync.registry.auth.tokens import Scope
from reposync.trust import Trust, tls_context

LOGIN = Credentials("robot", "right", "environment variables U and P")
IDENTITY = Credentials("", "", "docker's config.json", identity_token="right-token")
GRAPH = images.image("x")
PAGE = b"<!DOCTYPE html><html><title>Log in to secret-place</title></html>"


def filled(realm: str = "") -> FakeRegistry:
    issuer = TokenIssuer([Account("robot", "right")], identity_tokens={"right-token": "robot"})
    registry = FakeRegistry(Options(auth=TokenAuth(issuer, realm=realm)))
    images.fill(registry.repository("team/app"), GRAPH, "1")
    return registry


async def test_a_page_in_the_place_of_a_token_is_named_as_one_and_not_shown():
    async with filled() as registry, opened(registry, LOGIN) as client:
        page = Answer(200, {"Content-Type": "text/html"}, PAGE)
        registry.fail(Fault("GET", "/token", page, times=None))
        with pytest.raises(ProtocolError, match="returned text/html instead of a token") as caught:
            await repository(client).resolve("1")
        assert registry.host in str(caught.value)
        assert "secret-place" not in str(caught.value)
        assert len(registry.requests("GET", "/token")) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_token_service_may_redirect_within_its_own_host(status):
    async with filled() as registry, opened(registry, LOGIN) as client:
        there = Answer(
            status, {"Location": "/token?service=fake-registry&scope=repository:team/app:pull,push"}
        )
        registry.fail(Fault("GET", "/token", there))
        assert await repository(client).resolve("1")


@pytest.mark.parametrize("who", [LOGIN, IDENTITY])
@pytest.mark.parametrize("status", [302, 307])
async def test_a_token_service_that_redirects_to_another_host_gets_no_credentials_there(
    who, status
):
    async with FakeRegistry() as other, filled() as registry, opened(registry, who) as client:
        there = Answer(status, {"Location": f"{other.url}/token"})
        registry.fail(Fault("", "/token", there, times=None))
        with pytest.raises(ProtocolError, match="redirects to another host") as caught:
            await repository(client).resolve("1")
        assert registry.host in str(caught.value)
        assert other.url.partition("://")[2] in str(caught.value)
        assert not other.requests()


async def test_a_token_service_that_redirects_in_a_circle_is_left():
    async with filled() as registry, opened(registry, LOGIN) as client:
        registry.fail(Fault("GET", "/token", Answer(307, {"Location": "/token"}), times=None))
        with pytest.raises(ProtocolError, match="redirects in a circle"):
            await repository(client).resolve("1")
        assert len(registry.requests("GET", "/token")) <= 10


async def test_an_answer_of_a_token_service_is_read_up_to_a_limit():
    async with filled() as registry, opened(registry, LOGIN) as client:
        body = b'{"token": "' + b"x" * 10_000_000 + b'"}'
        registry.fail(Fault("GET", "/token", Answer(200, {}, body), times=None))
        with pytest.raises(ProtocolError, match="does not answer in its format"):
            await repository(client).resolve("1")
        (asked,) = registry.requests("GET", "/token")
        assert asked.sent_bytes < 5_000_000


async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a byte every 20 seconds, for a day."""
    with suppress(ConnectionError, asyncio.CancelledError):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4320\r\n\r\n")
        for _ in range(4320):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(20)
    writer.close()


def test_an_answer_of_a_token_service_that_comes_byte_by_byte_is_not_waited_for():
    async def asked() -> float:
        loop = asyncio.get_running_loop()
        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            transport = HttpTransport(tls=tls_context(Trust()))
            service = TokenService("registry.example.com", transport, now_s=loop.time)
            demand = Demand(Challenge("bearer", {"realm": f"{url}/token"}), f"{url}/v2/")
            began_s = loop.time()
            with pytest.raises(TransportError, match="token service"):
                await service.fetch(demand, Scope("team/app"), LOGIN)
            await transport.close()
            return loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(asked()) <= 120
