"""Servers without TLS that do not say so: with ``skip-tls-verify`` they are used by plain HTTP."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.unit.http.scripted import always, serving

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
TLS_ALONE_ELSEWHERE = (
    b"HTTP/1.1 400 \r\nContent-Length: 61\r\n\r\n"
    b"Bad Request: This combination of host and port requires TLS.\n"
)
REGISTRY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
GUARDED = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
)
TO_TLS = (
    b"HTTP/1.1 301 Moved Permanently\r\n"
    b"Location: https://registry.invalid/v2/\r\nContent-Length: 0\r\n\r\n"
)
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
PROXY_WITHOUT_SERVER = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
HELLO = b"\x16"


def answering(hello, answer):
    """Make a script: *hello* for those who begin TLS; *answer*, over plain HTTP, for the root."""

    async def script(line):
        first = await line._reader.readexactly(1)
        if first == HELLO:
            await hello(line)
            return
        while answer:
            head = await line._reader.readuntil(b"\r\n\r\n")
            await line.send(answer if b" /v2/ " in head else NOT_FOUND)

    return script


async def closing(line):
    line.close()


async def resetting(line):
    line.reset()


async def silent(line):
    await line.rest()


HELLOS = {"closes": closing, "resets": resetting, "is silent": silent}


async def resolved(host, schemes, environ=None):
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ=environ or {})
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
@pytest.mark.parametrize("answer", [REGISTRY, GUARDED], ids=["registry", "guarded registry"])
def test_a_registry_that_leaves_tls_unanswered_is_asked_by_plain_http_where_allowed(hello, answer):
    assert run(answering(hello, answer), "https", "http") is None


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
def test_it_is_never_asked_by_plain_http_where_that_is_not_allowed(hello):
    with pytest.raises(UnreachableError, match="does not answer the TLS handshake") as raised:
        run(answering(hello, REGISTRY), "https")
    assert "skip-tls-verify" in (raised.value.hint or "")


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        TLS_ALONE,
        TLS_ALONE_ELSEWHERE,
        PROXY_WITHOUT_SERVER,
        TO_TLS,
        NOT_FOUND,
        FORBIDDEN,
    ],
    ids=[
        "nothing",
        "tls alone",
        "tls alone, in other words",
        "a proxy",
        "a redirect to tls",
        "another server",
        "a firewall",
    ],
)
def test_a_server_in_trouble_is_not_taken_for_one_without_tls(hello, answer):
    with pytest.raises(UnreachableError, match="does not answer the TLS handshake"):
        run(answering(hello, answer), "https", "http")


def test_a_server_that_is_silent_when_tls_begins_costs_a_few_seconds():
    async def main():
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with serving(answering(silent, REGISTRY)) as server:
            await resolved(server.host, ("https", "http"))
        return loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) <= 5.0


def behind(server, *scripts):
    """Make scripts that pass all on to *server* once the first of them were played."""

    async def passing_on(line):
        await line.to(server.host)

    return (*scripts, passing_on)


def run_with_tls(certificates, *scripts):
    """Resolve a tag at a server with TLS; return what it was asked, by what its front lets pass."""

    async def main():
        async with (
            serving(always(NOT_FOUND), tls=certificates.server_context()) as server,
            serving(*behind(server, *scripts)) as front,
        ):
            assert await resolved(front.host, ("https", "http")) is None
            return [head.partition("\r\n")[0] for head in server.heads]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


async def bad_gateway(line):
    await line.answer(PROXY_WITHOUT_SERVER)


async def leading_to_tls(line):
    await line.answer(TO_TLS)


@pytest.mark.parametrize("hello", HELLOS.values(), ids=HELLOS)
@pytest.mark.parametrize("plain", [closing, resetting, silent, bad_gateway, leading_to_tls])
def test_a_server_that_starts_again_is_asked_by_tls_when_it_is_back(certificates, hello, plain):
    asked = run_with_tls(certificates, hello, plain, hello, hello, plain)
    assert asked == ["GET /v2/ HTTP/1.1", "HEAD /v2/app/manifests/1.0 HTTP/1.1"]


def test_a_server_with_slow_tls_is_asked_by_tls(certificates):
    async def main():
        async def slow(line):
            await asyncio.sleep(8.0)
            await line.to(server.host)

        async with (
            serving(always(NOT_FOUND), tls=certificates.server_context()) as server,
            serving(slow) as front,
        ):
            assert await resolved(front.host, ("https", "http")) is None
            return len(server.heads)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == 2


def test_where_tls_gets_no_answer_through_a_proxy_plain_http_goes_through_it_too():
    async def main():
        async def tunnelling(line):
            await line.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await line._reader.readexactly(1)
            line.close()

        async def passing_on(line):
            await line.answer(REGISTRY)
            await always(NOT_FOUND)(line)

        async with serving(tunnelling, passing_on) as proxy:
            environ = {"http_proxy": proxy.host, "https_proxy": proxy.host}
            assert await resolved("registry.invalid", ("https", "http"), environ) is None
            return [head.partition("\r\n")[0] for head in proxy.heads]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == [
            "CONNECT registry.invalid:443 HTTP/1.1",
            "GET http://registry.invalid/v2/ HTTP/1.1",
            "HEAD http://registry.invalid/v2/app/manifests/1.0 HTTP/1.1",
        ]
