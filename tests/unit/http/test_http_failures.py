"""What is said when a line fails: one sentence with the host, never a secret."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest
from tests.unit.http.scripted import OK, always, once, serving

from reposync.errors import CertificateError, NoTLSError, TransportError
from reposync.http import dialer, failures, happy_eyeballs
from reposync.http.http_transport import HttpTransport
from reposync.http.transport import Request
from reposync.trust import Trust, tls_context

SECRET = "hunter2"


async def read(transport, url, method="GET", **options):
    request = Request(method, url, {"Authorization": SECRET}, **options)
    async with transport.send(request) as response:
        return b"".join([chunk async for chunk in response.chunks()])


async def failure(transport, url, **options):
    with pytest.raises(TransportError) as caught:
        await read(transport, url, **options)
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in repr(error)
        assert SECRET not in str(error)
        error = error.__cause__
    return caught.value


async def silent(line):
    await line.request()
    await line.rest()


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"hell"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
    ],
)
async def test_a_server_broke_off(transport, pieces):
    async with serving(once(*pieces)) as server:
        error = await failure(transport, server.url())
        assert str(error) == f"{server.host} broke off in the middle of its answer"


async def test_what_came_before_a_server_broke_off_is_given_first(transport):
    async with (
        serving(once(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")) as server,
        transport.send(Request("GET", server.url())) as response,
    ):
        assert await response.read(4) == b"hell"
        with pytest.raises(TransportError, match="broke off"):
            await response.read(4)


async def test_a_reset_is_no_end_of_a_body_without_length(transport):
    async def script(line):
        await line.answer(b"HTTP/1.1 200 OK\r\n\r\nhello")
        sock = line._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.reset()

    async with serving(script) as server:
        error = await failure(transport, server.url())
        assert str(error) == f"{server.host} broke off in the middle of its answer"


async def test_a_body_without_length_ends_with_its_line(transport):
    async with serving(once(b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo")) as server:
        assert await read(transport, server.url()) == b"hello"


async def test_a_server_closed_without_an_answer(transport):
    async with serving(once()) as server:
        error = await failure(transport, server.url())
        assert str(error) == f"{server.host} closed the connection without an answer"


async def test_a_server_does_not_answer_in_http(transport):
    async with serving(always(b"SSH-2.0-OpenSSH\r\n")) as server:
        error = await failure(transport, server.url())
        assert str(error).startswith(f"{server.host} does not answer in HTTP (")


async def test_a_server_that_answers_nothing_in_time_fell_silent(transport):
    async with serving(silent) as server:
        error = await failure(transport, server.url(), answer_timeout_s=0.05)
        assert str(error) == f"{server.host} fell silent in the middle of a request"


async def test_an_interim_answer_gives_a_server_more_time(transport):
    async def slow(line):
        await line.request()
        for _ in range(8):
            await line.send(b"HTTP/1.1 102 Processing\r\n\r\n")
            await asyncio.sleep(0.05)
        await line.send(OK)

    async with serving(slow) as server:
        assert await read(transport, server.url(), answer_timeout_s=0.3) == b"ok"


async def test_a_head_that_trickles_in_is_not_waited_for_without_end(transport):
    async def trickle(line):
        await line.answer(b"HTTP/1.1 200 OK\r\n")
        while True:
            await line.send(b"X")
            await asyncio.sleep(0.01)

    async with serving(trickle) as server:
        await failure(transport, server.url(), answer_timeout_s=0.1)


async def test_a_server_that_stops_in_its_body_fell_silent(impatient):
    async def stalls(line):
        await line.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await line.rest()

    async with serving(stalls) as server:
        error = await failure(impatient, server.url())
        assert str(error) == f"{server.host} fell silent in the middle of a request"


async def test_a_slow_reader_is_not_a_silent_server(impatient):
    async with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha", b"lf")) as server:
        got = b""
        async with impatient.send(Request("GET", server.url())) as response:
            async for chunk in response.chunks():
                await asyncio.sleep(0.1)
                got += chunk
        assert got == b"half"


async def test_nobody_listens(transport):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        error = await failure(transport, f"http://{host}/")
    assert str(error) == f"{host} cannot be reached (connection refused)"


async def test_a_name_has_no_address(transport):
    error = await failure(transport, f"http://nowhere.invalid/?{SECRET}")
    assert str(error) == "the name of nowhere.invalid cannot be resolved"


async def test_a_server_does_not_accept_a_connection(impatient, monkeypatch):
    async def never(_addresses):
        await asyncio.Event().wait()

    monkeypatch.setattr(dialer, "connect_first", never)
    error = await failure(impatient, "http://127.0.0.1:9/")
    assert str(error) == "127.0.0.1:9 did not accept a connection within 0.05 s"


async def test_a_certificate_is_not_trusted(certificates):
    opened = HttpTransport(tls=tls_context(Trust()), environ={})
    async with serving(always(OK), tls=certificates.server_context()) as server:
        error = await failure(opened, server.url())
    await opened.close()
    assert isinstance(error, CertificateError)
    assert str(error).startswith(f"the certificate of {server.host} is not trusted (")
    assert "SSL_CERT_FILE" in (error.hint or "")


async def test_a_certificate_that_is_trusted_is_checked_against_the_name(certificates):
    opened = HttpTransport(tls=certificates.client_context(), environ={})
    async with serving(always(OK), tls=certificates.server_context()) as server:
        assert await read(opened, server.url()) == b"ok"
        listener = await asyncio.start_server(
            lambda _r, w: w.close(), "127.0.0.2", 0, ssl=certificates.server_context()
        )
        port = listener.sockets[0].getsockname()[1]
        wrong = f"https://127.0.0.2:{port}/"
        assert isinstance(await failure(opened, wrong), CertificateError)
        listener.close()
    await opened.close()


async def test_a_server_does_not_speak_tls(transport):
    async def plain(line):
        await line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await line.rest()

    async with serving(plain) as server:
        error = await failure(transport, f"https://{server.host}/")
    assert isinstance(error, NoTLSError)
    assert str(error) == f"{server.host} does not speak TLS"


@pytest.mark.parametrize(
    "url",
    ["http:///", "ftp://x/", "http://x:99999/", "http://x:0/", "http://[::1/", "x", "http://a?b/"],
)
async def test_a_url_cannot_be_used(transport, url):
    assert "a URL that cannot be used" in str(await failure(transport, url))


async def test_a_user_in_a_url_is_never_shown_nor_sent(transport):
    async with serving(always(OK)) as server:
        assert await read(transport, f"http://user:{SECRET}@{server.host}/x") == b"ok"
        assert "user" not in server.heads[0].split("Authorization")[0].replace("User-Agent", "")
    error = await failure(transport, f"http://user:{SECRET}@nowhere.invalid/")
    assert "nowhere.invalid" in str(error)


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\rb", "a\0b"])
async def test_a_header_cannot_smuggle_another_in(transport, value):
    async with serving(always(OK)) as server:
        with pytest.raises(TransportError, match="line break"):
            async with transport.send(Request("GET", server.url(), {"X": value})):
                pass
        assert server.lines == 0


async def test_the_first_address_that_answers_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        dead = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))
        good = (socket.AF_INET, socket.SOCK_STREAM, 0, "", server.getsockname())
        sock = await happy_eyeballs.connect_first([dead, good, dead])
        assert sock.getpeername() == server.getsockname()
        sock.close()
        with pytest.raises(OSError) as caught:  # noqa: PT011 -- its number is looked at
            await happy_eyeballs.connect_first([dead, dead])
        assert caught.value.errno == errno.ECONNREFUSED


def test_families_of_addresses_take_turns():
    def address(family, host):
        return (family, socket.SOCK_STREAM, 0, "", (host, 1))

    six = [address(socket.AF_INET6, f"::{n}") for n in range(3)]
    four = [address(socket.AF_INET, "127.0.0.1")]
    assert happy_eyeballs.in_turn([*six, *four]) == [six[0], four[0], six[1], six[2]]


def test_a_failure_without_a_number_still_has_a_reason():
    assert "the connection was closed" in str(failures.translated(ConnectionAbortedError(), "h"))
