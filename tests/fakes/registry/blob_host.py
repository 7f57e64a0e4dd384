"""A blob host: where registries send their clients for blobs, as clouds do with object stores.

Its URLs are signed and work without credentials; with them they are refused, as object stores do.
So are URLs that were quoted anew on the way: a signature holds for the text that it was made for.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from aiohttp import web
from tests.fakes.registry.exchange import Exchange, LineCutError
from tests.fakes.registry.faults import Answer, CutAnswer, Delay, FaultPlan, Interims, Stall
from tests.fakes.registry.listener import Listener
from tests.fakes.registry.log import RequestLog
from tests.fakes.registry.message import Reply

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    from tests.fakes.registry.faults import Action
    from tests.fakes.registry.log import Request


class BlobHost:
    """A server of another host and port than the registry's; listens while its block lasts."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._listener = Listener(self._serve, tls)
        self._log = RequestLog()
        self._contents: dict[str, bytes] = {}
        self._faults = FaultPlan()
        self.url = ""

    async def __aenter__(self) -> Self:
        self.url = await self._listener.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._listener.close()

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc

    def requests(self, method: str = "", path_regex: str = "") -> tuple[Request, ...]:
        """Return the requests so far of *method* (empty for any) at paths like *path_regex*."""
        return self._log.requests(method, path_regex)

    def fail_by_chance(self, chance: Callable[[str, str], Action | None]) -> None:
        """Ask *chance* what goes wrong with each request."""
        self._faults.chance = chance

    def behave(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def offer(self, digest: str, content: bytes) -> str:
        """Take *content* and give the signed URL where it can be had."""
        signature = f"{uuid.uuid4().hex}%2F%2B%3D"
        self._contents[signature] = content
        return f"{self.url}/{digest}?signature={signature}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        action = self._faults.strike(request.method, request.path)
        exchange = Exchange(request, self._log, action)
        try:
            return await self._respond(exchange, request, action)
        except LineCutError:
            return web.Response()
        finally:
            exchange.leave()

    async def _respond(
        self, exchange: Exchange, request: web.Request, action: Action | None
    ) -> web.StreamResponse:
        if isinstance(action, Answer):
            return await exchange.send(Reply(action.status, action.headers, action.body))
        if isinstance(action, Stall):
            await action.released.wait()
        if isinstance(action, Delay):
            await asyncio.sleep(action.seconds)
        if isinstance(action, Interims):
            await exchange.send_interims(action)
        if isinstance(action, CutAnswer):
            exchange.cut()
        return await exchange.send(self._reply(request))

    def _reply(self, request: web.Request) -> Reply:
        if "Authorization" in request.headers:
            return Reply(400, {"Content-Type": "application/xml"}, b"<Error>two ways</Error>")
        content = self._contents.get(request.rel_url.raw_query_string.removeprefix("signature="))
        if content is None:
            return Reply(403, {"Content-Type": "application/xml"}, b"<Error>no signature</Error>")
        return Reply(200, {"Content-Type": "binary/octet-stream"}, content)
