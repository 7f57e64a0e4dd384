"""The HTTP transport on aiohttp, and the one place where its exceptions become ours."""

from __future__ import annotations

import asyncio
import io
import os
import ssl
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from reposync import __version__
from reposync.errors import CertificateError, NoTLSError, TransportError
from reposync.registry.proxy import proxy_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from reposync.registry.transport import Request

CONNECT_TIMEOUT_S = 15.0
SILENCE_TIMEOUT_S = 60.0
_READ_BUFFER_BYTES = 256 * 1024
_DNS_CACHE_S = 300
_ONE_GO_BYTES = 512 * 1024
_NO_TLS_REASONS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
    }
)
# The first that fits wins, so subclasses stand before their parents.
_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the name of {host} cannot be resolved"),
    (aiohttp.ClientProxyConnectionError, "the proxy for {host} cannot be reached"),
    (aiohttp.ClientHttpProxyError, "the proxy for {host} refused to connect"),
    (
        aiohttp.ConnectionTimeoutError,
        f"{{host}} did not accept a connection within {CONNECT_TIMEOUT_S:.0f} s",
    ),
    (TimeoutError, "{host} fell silent in the middle of a request"),
    (aiohttp.ClientPayloadError, "{host} broke off in the middle of its answer"),
    (aiohttp.ServerDisconnectedError, "{host} closed the connection without an answer"),
    (aiohttp.InvalidURL, "{host} gave a URL that cannot be used"),
    (aiohttp.ClientResponseError, "{host} does not answer in HTTP"),
)


def tls_context(*, verify: bool) -> ssl.SSLContext:
    """Make a TLS context: the system's authorities (or ``SSL_CERT_FILE``), TLS 1.2 and newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class AiohttpTransport:
    """Keeps the connections of one registry client; made and closed on one event loop.

    The number of connections is bounded by whoever sends requests, not here.
    """

    def __init__(self, *, tls: ssl.SSLContext, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._proxies: dict[str, str | None] = {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=tls, ttl_dns_cache=_DNS_CACHE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"reposync/{__version__}", "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type",),
            auto_decompress=False,
            read_bufsize=_READ_BUFFER_BYTES,
        )
        # aiohttp sends a PUT a second time when its answer is lost. Who may be answered by another
        # writer in between must know of the loss, and there is no public switch.
        self._session._retry_connection = False  # noqa: SLF001

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[_AiohttpResponse]:
        """Send *request*; see ``Transport``."""
        host = urlsplit(request.url).netloc
        async with await self._answer(request, host) as response:
            yield _AiohttpResponse(response, host)

    async def _answer(self, request: Request, host: str) -> aiohttp.ClientResponse:
        streamed: _StreamedBody | None = None
        try:
            with _translated(host):
                async with asyncio.timeout(None) as watch:
                    if request.body is None or isinstance(request.body, bytes):
                        data = _in_pieces(request.body)
                    else:
                        streamed = _StreamedBody(request.body, watch)
                        data = streamed.chunks()
                    return await self._session.request(
                        request.method,
                        URL(request.url, encoded=True),
                        headers=_headers(request),
                        data=data,
                        allow_redirects=False,
                        proxy=self._proxy(request.url),
                        timeout=aiohttp.ClientTimeout(
                            total=None,
                            sock_connect=CONNECT_TIMEOUT_S,
                            sock_read=request.answer_timeout_s,
                        ),
                    )
        except TransportError:
            if streamed is not None and streamed.failure is not None:
                raise streamed.failure from None
            raise

    def _proxy(self, url: str) -> str | None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(url, self._environ)
        return self._proxies[origin]


class _AiohttpResponse:
    """An aiohttp answer behind the seam's ``Response``."""

    def __init__(self, response: aiohttp.ClientResponse, host: str) -> None:
        self._response = response
        self._host = host

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def url(self) -> str:
        return str(self._response.url)

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    def header_values(self, name: str) -> Sequence[str]:
        return self._response.headers.getall(name, ())

    async def chunks(self) -> AsyncIterator[bytes]:
        with _translated(self._host):
            async for chunk in self._response.content.iter_any():
                yield chunk

    async def read(self, limit_bytes: int) -> bytes:
        body = bytearray()
        with _translated(self._host):
            while len(body) < limit_bytes:
                chunk = await self._response.content.read(limit_bytes - len(body))
                if not chunk:
                    break
                body += chunk
        return bytes(body)


def _in_pieces(body: bytes | None) -> Any:  # noqa: ANN401 -- one of aiohttp's many body types
    """Keep aiohttp from writing a large body in one go, of which it warns."""
    return io.BytesIO(body) if body and len(body) > _ONE_GO_BYTES else body


def _headers(request: Request) -> dict[str, str]:
    headers = dict(request.headers)
    if request.body is not None and not isinstance(request.body, bytes):
        headers["Content-Length"] = str(request.body_bytes)
    return headers


class _StreamedBody:
    """A streamed body whose every chunk the server must accept in bounded time.

    The time that the chunks take to come is not the server's: the watch stands still for it.
    aiohttp wraps what the stream raises; ``failure`` keeps it as it was.
    """

    def __init__(self, chunks: AsyncIterator[bytes], watch: asyncio.Timeout) -> None:
        self._chunks = chunks
        self._watch = watch
        self.failure: Exception | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body, once."""
        loop = asyncio.get_running_loop()
        try:
            async for chunk in self._chunks:
                self._watch.reschedule(loop.time() + SILENCE_TIMEOUT_S)
                yield chunk
                self._watch.reschedule(None)
        except Exception as failure:
            self.failure = failure
            raise


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """Turn aiohttp's and the system's exceptions to ours."""
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        raise _translate(error, host) from error


def _translate(error: BaseException, host: str) -> TransportError:
    """Find our word for *error*; the text bears the host alone, never a URL."""
    for kind, text in _TEXTS:
        if isinstance(error, kind):
            return TransportError(text.format(host=host, reason=_reason(error)))
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return CertificateError(
            f"the certificate of {host} is not trusted ({_reason(error.certificate_error)})",
            hint="have its authority in the system's store or in SSL_CERT_FILE, or set "
            "skip-tls-verify: true",
        )
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return _tls_error(host, error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return TransportError(f"{host} cannot be reached ({_reason(error.os_error)})")
    return TransportError(f"the connection to {host} broke ({_reason(error)})")


def _tls_error(host: str, cause: OSError) -> TransportError:
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS_REASONS:
        return NoTLSError(
            f"{host} does not speak TLS", hint="set skip-tls-verify: true to allow plain HTTP"
        )
    return TransportError(f"no TLS connection to {host} ({_reason(cause)})")


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "TLS failed").replace("_", " ").lower()
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return type(error).__name__
