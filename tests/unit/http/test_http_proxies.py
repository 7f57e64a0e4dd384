"""Proxies: who is asked, what it is shown, and what it never sees."""

from __future__ import annotations

import base64

import pytest
from tests.unit.http.scripted import OK, always, once, serving

from reposync.errors import TransportError
from reposync.http.http_transport import HttpTransport
from reposync.http.route import route_to
from reposync.http.transport import Request
from reposync.trust import Trust, tls_context

PROOF = base64.b64encode(b"user:pass word").decode()


async def ask(environ, url, **headers):
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ=environ)
    try:
        async with transport.send(Request("GET", url, headers)) as response:
            return response.status, await response.read(100)
    finally:
        await transport.close()


async def test_plain_http_is_asked_of_the_proxy_by_its_whole_url():
    async with serving(always(OK)) as proxy:
        environ = {"http_proxy": f"http://user:pass%20word@{proxy.host}"}
        assert await ask(environ, "http://registry.invalid/v2/?a=b") == (200, b"ok")
        head = proxy.heads[0]
        assert head.startswith("GET http://registry.invalid/v2/?a=b HTTP/1.1\r\n")
        assert "\r\nHost: registry.invalid\r\n" in head
        assert f"\r\nProxy-Authorization: Basic {PROOF}\r\n" in head


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_tls_goes_through_a_tunnel_that_shows_the_proxy_no_more_than_the_host(
    certificates, scheme
):
    tls = certificates.server_context()

    async def tunnel(line):
        await line.answer(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await line.to(server.host)

    async with (
        serving(always(OK), tls=tls) as server,
        serving(tunnel, tls=tls if scheme == "https" else None) as proxy,
    ):
        environ = {"https_proxy": f"{scheme}://user:pass%20word@{proxy.host}"}
        url = "https://registry.invalid/v2/"
        assert await ask(environ, url, Authorization="Bearer token") == (200, b"ok")
        assert proxy.heads[0].startswith("CONNECT registry.invalid:443 HTTP/1.1\r\n")
        assert f"\r\nProxy-Authorization: Basic {PROOF}\r\n" in proxy.heads[0]
        assert "token" not in proxy.heads[0]
        assert "Bearer token" in server.heads[0]
        assert "Proxy-Authorization" not in server.heads[0]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", b"nonsense", b""]
)
async def test_a_proxy_that_refuses_is_told_from_a_server_that_does(answer):
    async with serving(once(answer)) as proxy:
        environ = {"https_proxy": f"http://user:hunter2@{proxy.host}"}
        with pytest.raises(TransportError) as caught:
            await ask(environ, "https://registry.invalid/")
        assert str(caught.value) == "the proxy for registry.invalid refused to connect"


async def test_bytes_behind_the_proxys_yes_are_not_taken_for_the_servers():
    async with serving(always(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")) as proxy:
        with pytest.raises(TransportError, match="refused to connect"):
            await ask({"https_proxy": proxy.host}, "https://registry.invalid/")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "http://x:y"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there_is_told(proxy, scheme):
    environ = {"http_proxy": proxy, "https_proxy": proxy}
    with pytest.raises(TransportError) as caught:
        await ask(environ, f"{scheme}://registry.invalid/")
    assert str(caught.value) == "the proxy for registry.invalid cannot be reached"


def test_a_route_shows_no_password():
    route = route_to("https://registry.invalid", {"https_proxy": "http://user:hunter2@proxy:3128"})
    assert route.proxy is not None
    assert (route.proxy.host, route.proxy.port) == ("proxy", 3128)
    assert "hunter2" not in repr(route)
    assert route.proxy.authorization not in repr(route)
