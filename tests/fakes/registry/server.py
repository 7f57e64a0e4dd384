"""The fake registry itself: opens ports, leads each request through fault, access, handler."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from aiohttp import web
from tests.fakes.registry import routes
from tests.fakes.registry.exchange import Exchange, LineCutError
from tests.fakes.registry.faults import (
    Answer,
    CutAnswer,
    Delay,
    DropUpload,
    FaultPlan,
    Interims,
    Meanwhile,
    Stall,
)
from tests.fakes.registry.listener import Listener
from tests.fakes.registry.log import RequestLog
from tests.fakes.registry.message import Reply
from tests.fakes.registry.options import Options
from tests.fakes.registry.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from tests.fakes.registry.faults import Action, Fault
    from tests.fakes.registry.log import Request
    from tests.fakes.registry.storage import Repository


class FakeRegistry:
    """A registry that listens as long as its ``async with`` block lasts.

    Its content outlives the block: entered again it listens on another port, as after a restart,
    with its uploads still open.
    """

    def __init__(self, options: Options | None = None, faults: Iterable[Fault] = ()) -> None:
        self._state = State(options or Options())
        self._log = RequestLog()
        self._faults = FaultPlan(faults)
        self._listener = Listener(self._serve, self._state.options.tls)
        self._is_unplugged = False
        self.url = ""
        self.opened_amid: dict[str, Action] = {}
        """Uploads whose opening met a fault, by their ids."""

    async def __aenter__(self) -> Self:
        self.url = await self._listener.open(self._state.options.port)
        if self._state.options.upload_location == "elsewhere":
            self._state.upload_origin = await self._listener.open()
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
        """Host and port, as a reference begins."""
        return urlsplit(self.url).netloc

    @property
    def upload_host(self) -> str:
        """Host and port that uploads ``elsewhere`` go to."""
        return urlsplit(self._state.upload_origin).netloc

    @property
    def log(self) -> RequestLog:
        """What it was asked."""
        return self._log

    @property
    def contents(self) -> dict[str, bytes]:
        """The blobs of all repositories by digest; tests may damage them."""
        return self._state.storage.contents

    def repository(self, name: str) -> Repository:
        """What it holds under *name*; tests may look, and put things there without a request."""
        return self._state.storage.repository(name)

    def requests(self, method: str = "", path_regex: str = "") -> tuple[Request, ...]:
        """Return the requests so far of *method* (empty for any) at paths like *path_regex*."""
        return self._log.requests(method, path_regex)

    def fail(self, *faults: Fault) -> None:
        """Add faults behind those that are planned."""
        for fault in faults:
            self._faults.add(fault)

    def fail_by_chance(self, chance: Callable[[str, str], Action | None]) -> None:
        """Ask *chance* what goes wrong with each request that no planned fault strikes."""
        self._faults.chance = chance

    def behave(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def unplug(self) -> None:
        """Break all lines, and answer nobody, as if every client had died in this moment."""
        self._is_unplugged = True
        self._listener.break_lines()

    def plug_in(self) -> None:
        """Listen to clients again."""
        self._is_unplugged = False

    @property
    def open_uploads(self) -> list[str]:
        """The uploads that are open, with the names of their repositories."""
        return [
            f"{name}/{upload}"
            for name, repository in self._state.storage.repositories.items()
            for upload in repository.uploads
        ]

    @property
    def repositories(self) -> dict[str, Repository]:
        """All that anybody asked for or put something into, by name."""
        return self._state.storage.repositories

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        action = self._faults.strike(request.method, request.path)
        exchange = Exchange(request, self._log, action)
        try:
            if self._is_unplugged:
                exchange.cut()
            return await self._respond(exchange, action)
        except LineCutError:
            return web.Response()
        finally:
            exchange.leave()

    async def _respond(self, exchange: Exchange, action: Action | None) -> web.StreamResponse:
        if isinstance(action, Answer):
            return await exchange.send(Reply(action.status, action.headers, action.body))
        if isinstance(action, Stall):
            await action.released.wait()
        if isinstance(action, Delay):
            await asyncio.sleep(action.seconds)
        if isinstance(action, Interims):
            await exchange.send_interims(action)
        call = routes.name_parts(exchange.call())
        if isinstance(action, Meanwhile):
            action.happens()
        if isinstance(action, DropUpload):
            self._state.storage.drop_upload(call.name, call.reference)
        refusal = routes.refusal(self._state, call)
        if refusal is not None:
            return await exchange.send(refusal)
        reply = await self._carry_out(exchange, action)
        if action is not None and call.method == "POST" and "Docker-Upload-UUID" in reply.headers:
            self.opened_amid[reply.headers["Docker-Upload-UUID"]] = action
        if isinstance(action, CutAnswer):
            exchange.cut()
        return await exchange.send(reply)

    async def _carry_out(self, exchange: Exchange, action: Action | None) -> Reply:
        try:
            await exchange.read_body()
        except BaseException:
            self._keep_what_came(exchange)
            raise
        if isinstance(action, CutAnswer) and not action.after_effect:
            exchange.cut()
        return routes.answer(self._state, routes.name_parts(exchange.call()))

    def _keep_what_came(self, exchange: Exchange) -> None:
        """Let an upload have the bytes that came before the line broke, as distribution does."""
        call = routes.name_parts(exchange.call())
        if call.method == "PATCH":
            routes.answer(self._state, call)
