"""For any answers of a server: each call of the client ends, in a value or in one of our errors."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tests import images
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.property.fuzzing import fuzzed, pieces
from tests.property.test_hostile_documents import ENTRIES, ERRORS, MANIFESTS, texts
from tests.property.test_hostile_headers import CHALLENGES, LINKS, MOMENTS, RANGES

from reposync.errors import RepoSyncError
from reposync.http.http_transport import HttpTransport
from reposync.oci.descriptor import SMALL_BYTES
from reposync.oci.reference import Reference
from reposync.registry.catalog import Catalog
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

SMALL = images.blob("hostile small", 500)
LARGE = images.blob("hostile large", SMALL_BYTES + 1)
GRAPH = images.image("hostile")
DIGESTS = st.sampled_from([SMALL.digest, LARGE.digest, GRAPH.digest, "sha256:0", "\x9b", ""])
TARGETS = pieces("/v2/", "http://", "https://", "127.0.0.1", ":1", "localhost", "?a=b", "[", "\\")
HEADERS = st.dictionaries(st.sampled_from(["X"]), st.just("1")) | st.fixed_dictionaries(
    {},
    optional={
        "Link": LINKS,
        "Location": TARGETS,
        "WWW-Authenticate": CHALLENGES,
        "Retry-After": MOMENTS | st.integers(0, 400).map(str),
        "RateLimit-Limit": RANGES,
        "RateLimit-Remaining": RANGES,
        "Range": RANGES,
        "Content-Range": RANGES,
        "OCI-Chunk-Min-Length": RANGES,
        "OCI-Subject": DIGESTS,
        "OCI-Filters-Applied": pieces("artifactType", ","),
        "Warning": pieces("299", " - ", '"', "hello"),
        "Docker-Content-Digest": DIGESTS,
        "Content-Type": pieces("application/vnd.oci.image.index.v1+json", ";", "text/html"),
        "Content-Encoding": st.sampled_from(["gzip", "identity"]),
    },
)
STATUSES = st.sampled_from(
    [
        *(200, 200, 200, 200, 200, 200, 201, 202, 202, 204, 206, 301, 307, 400, 401, 401),
        *(403, 404, 405, 409, 412, 413, 416, 429, 500, 502, 503, 507, 599),
    ]
)
LISTS = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.text(max_size=4)),
        "repositories": st.lists(st.text(max_size=4)),
        "token": st.text(max_size=4),
        "manifests": st.lists(ENTRIES, max_size=3),
    },
)
BODIES = texts(MANIFESTS | ERRORS | LISTS) | st.sampled_from(
    [b"", SMALL.content, LARGE.content, LARGE.content[:-1], GRAPH.root.content]
)
FRAMES = st.sampled_from(["length", "length", "length", "chunked", "close", "short", "none"])
ANSWERS = st.tuples(STATUSES, HEADERS, BODIES, FRAMES)


def written(answer: Any) -> bytes:
    status, headers, content, frame = answer
    body: bytes = content
    lines = [f"HTTP/1.1 {status} x"]
    lines += [f"{name}: {' '.join(text.split())}" for name, text in headers.items()]
    match frame:
        case "length":
            lines.append(f"Content-Length: {len(body)}")
        case "short":
            lines.append(f"Content-Length: {len(body) + 1}")
        case "chunked":
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        case "none":
            return b""
    head = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass").replace(b"\0", b"?")
    return head + body


class Server:
    """Answers each request with the next of *answers*, over and over, and closes the line."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self.asked = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answers[self.asked % len(self._answers)])
            self.asked += 1
            await writer.drain()
        writer.close()


async def chunks_of(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


def calls(there: Repository) -> list[Callable[[], Awaitable[object]]]:
    async def listed() -> None:
        async for _ in there.list_tags():
            pass

    async def named() -> None:
        async for _ in Catalog(there.client).list_repositories():
            pass

    async def read(blob: images.Piece) -> None:
        async with there.open_blob(blob.descriptor) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == blob.content

    return [
        listed,
        named,
        lambda: there.resolve("1"),
        lambda: there.fetch_manifest("1"),
        lambda: there.fetch_manifest(GRAPH.digest),
        lambda: there.list_referrers(GRAPH.digest),
        lambda: there.has_blob(SMALL.descriptor),
        lambda: there.mount_blob(SMALL.descriptor, "other"),
        lambda: read(SMALL),
        lambda: read(LARGE),
        lambda: there.push_blob(SMALL.descriptor, chunks_of(SMALL.content)),
        lambda: there.push_blob(LARGE.descriptor, chunks_of(LARGE.content)),
        lambda: there.push_manifest(GRAPH.root_manifest, "1"),
    ]


async def asked(answers: list[bytes], number: int) -> int:
    server = Server(answers)
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    host = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
    async with listener:
        client = RegistryClient(
            HostState(host),
            transport=transport,
            retrier=Retrier(RetryPolicy(tries=3)),
            schemes=("http",),
        )
        there = Repository(client, Reference(host, "a"), writable=True)
        with suppress(RepoSyncError):
            await calls(there)[number]()
        await transport.close()
    return server.asked


@fuzzed
@given(st.lists(ANSWERS, min_size=1, max_size=5), st.integers(0, 12))
def test_whatever_a_server_answers_a_call_ends_and_asks_no_more_than_it_may(answers, number):
    content = [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", *map(written, answers)]
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(asked(content, number)) < 500
