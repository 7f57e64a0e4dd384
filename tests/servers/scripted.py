"""A server that answers as a function says, and remembers what it was asked.

Stands in for the services of clouds that give tokens. Runs in a thread of its own, so that clients
may block.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Reply = tuple[int, Any]
"""Status and JSON document; a text is sent as it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; the names of its headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a form."""
        return dict(parse_qsl(self.body.decode()))

    @property
    def action(self) -> str:
        """What a call to AWS asks for."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]


@dataclass(slots=True)
class Scripted:
    """Where it is, and all that it was asked, in the order of arrival."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def actions(self) -> list[str]:
        """What calls to AWS asked for."""
        return [asked.action for asked in self.asked]


@contextmanager
def scripted(
    answer: Callable[[Asked], Reply], headers: Mapping[str, str] | None = None
) -> Iterator[Scripted]:
    """Answer with *answer*, and with *headers*, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            names = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, names, self.rfile.read(length))
            serving.asked.append(asked)
            status, document = answer(asked)
            body = document if isinstance(document, str) else json.dumps(document)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 -- as the base class calls them

        def log_message(self, *_arguments: object) -> None:
            """Say nothing: what was asked is kept."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = Scripted(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield serving
        finally:
            server.shutdown()
            thread.join()
