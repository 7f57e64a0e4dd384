"""Forms for a cloud's own registry: posted by a scheme that is allowed and spoken."""

from __future__ import annotations

import pytest
from tests.unit.http.scripted import always, serving

from reposync.errors import NoHandshakeError
from reposync.http.http_transport import HttpTransport
from reposync.trust import Trust, tls_context
from reposync.wiring.clouds import OwnHost

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def without_tls(line):
    if await line._reader.readexactly(1) == b"\x16":
        line.close()
        return
    await line._reader.readuntil(b"\r\n\r\n")
    await line.send(OK)
    await always(OK)(line)


async def posted(host, *schemes):
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
    try:
        return await OwnHost(host, transport, schemes)("/oauth2/exchange", {"a": "b"})
    finally:
        await transport.close()


async def test_a_form_goes_over_plain_http_where_allowed_and_tls_gets_no_answer():
    async with serving(without_tls) as server:
        assert await posted(server.host, "https", "http") == (200, b"ok")
        assert server.heads[0].startswith("POST /oauth2/exchange HTTP/1.1\r\n")


async def test_a_form_never_goes_over_plain_http_where_that_is_not_allowed():
    async with serving(without_tls) as server:
        with pytest.raises(NoHandshakeError):
            await posted(server.host, "https")
        assert not server.heads
