"""Servers without TLS that do not say so: with ``skip-tls-verify`` they are used by plain HTTP."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import serving

from reposync.errors import UnreachableError
from reposync.http.http_transport import HttpTransport
from reposync.oci.reference import Reference
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
TLS_ALONE = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
HELLO = b"\x16"


def answering(hello, answer):
    """Make a script: *hello* for those who begin TLS, *answer* to each plain request."""

    async def script(line):
        first = await line._reader.readexactly(1)
        if first == HELLO:
            await hello(line)
            return
        while answer:
            await line._reader.readuntil(b"\r\n\r\n")
            await line.send(answer)

    return script


async def closing(line):
    line.close()


async def resetting(line):
    line.reset()


async def silent(line):
    await line.rest()


HELLOS = {"closes": closing, "resets": resetting, "is silent": silent}


async def resolved(host, schemes):
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
    client = RegistryClient(
        HostState(host),
        transport=transport,
        retrier=Retrier(RetryPolicy(tries=2)),
        schemes=schemes,
    )
    try:
        return await Repository(client, Reference(host, "app")).resolve("1.0")
    finally:
        await transport.close()


def run(script, *schemes):
    async def main():
        async with serving(script) as server:
            return await resolved(server.host, schemes)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
def test_a_server_that_leaves_tls_unanswered_is_asked_by_plain_http_where_allowed(hello):
    assert run(answering(hello, NOT_FOUND), "https", "http") is None


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
def test_it_is_never_asked_by_plain_http_where_that_is_not_allowed(hello):
    with pytest.raises(UnreachableError, match="does not answer the TLS handshake") as raised:
        run(answering(hello, NOT_FOUND), "https")
    assert "skip-tls-verify" in (raised.value.hint or "")


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
@pytest.mark.parametrize("answer", [b"", TLS_ALONE], ids=["nothing", "tls alone"])
def test_a_server_in_trouble_is_not_taken_for_one_without_tls(hello, answer):
    with pytest.raises(UnreachableError, match="does not answer the TLS handshake"):
        run(answering(hello, answer), "https", "http")
