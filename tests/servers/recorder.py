"""A recorder: a proxy of a real registry that passes everything on and knows what was asked.

Real registries write their logs after they answered, and at their leisure; what is written here is
written when a request comes. The ``Host`` header passes as it is, so that the locations of uploads
lead through the recorder too.
"""

from __future__ import annotations

import http.client
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LIMIT_S = 30
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding"})


class Recorder:
    """What was asked of the registry at *upstream_url*, in the order of arrival."""

    def __init__(self, upstream_url: str) -> None:
        self.upstream = urlsplit(upstream_url).netloc
        self.url = ""
        self.on_asked: Callable[[str, str], object] = _nothing
        """Called with method and target before a request is passed on, in a thread of its own."""
        self.on_answered: Callable[[str, str], object] = _nothing
        """Called so when the registry has carried it out, and its answer is not given yet."""
        self._lock = threading.Lock()
        self._asked: list[tuple[str, str]] = []

    @property
    def host(self) -> str:
        """Host and port, as a reference begins."""
        return urlsplit(self.url).netloc

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Methods with their paths, without the question that tells whether it is a registry."""
        return [(method, urlsplit(target).path) for method, target in self.targets]

    @property
    def targets(self) -> list[tuple[str, str]]:
        """The same with their queries."""
        with self._lock:
            return [(method, target) for method, target in self._asked if target != "/v2/"]

    def note(self, method: str, target: str) -> None:
        """Remember a request."""
        with self._lock:
            self._asked.append((method, target))
        self.on_asked(method, target)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._asked.clear()


@contextmanager
def recording(upstream_url: str) -> Iterator[Recorder]:
    """Record what is asked of the registry at *upstream_url* as long as the block lasts."""
    recorder = Recorder(upstream_url)

    class Handler(_Handler):
        notes = recorder

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        recorder.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield recorder
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    # A client's connections may outlive the test that looks at what they asked.
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: that is how connections end."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _LIMIT_S
    notes: Recorder

    def _pass_on(self) -> None:
        self.notes.note(self.command, self.path)
        body = self._body()
        if len(body) < int(self.headers.get("Content-Length", "0")):
            raise ConnectionAbortedError  # the client died amid its request
        upstream = http.client.HTTPConnection(self.notes.upstream, timeout=_LIMIT_S)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, text in self.headers.items():  # some say Accept once for each media type
                if _passes(name):
                    upstream.putheader(name, text)
            upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            with upstream.getresponse() as response:
                self.notes.on_answered(self.command, self.path)
                self._answer(response)
        finally:
            upstream.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815 -- their way

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, response: http.client.HTTPResponse) -> None:
        content = response.read()
        length = response.headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_response_only(response.status)
        for name, text in response.headers.items():
            if _passes(name):
                self.send_header(name, text)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the recorder tells."""


def _nothing(_method: str, _target: str) -> None:
    """Do nothing."""


def _passes(name: str) -> bool:
    return name.lower() not in _HOP_BY_HOP | {"content-length"}
