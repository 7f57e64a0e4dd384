"""A web server on loopback: ports, TLS, an end that waits for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

_HOST = "127.0.0.1"
_SHUTDOWN_S = 0.5


class Listener:
    """Gives every request on its ports to one handler, whatever the method and the path.

    When a client goes away, the handler of its request is cancelled.
    """

    def __init__(
        self,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._runner: web.AppRunner | None = None

    async def open(self, port: int = 0) -> str:
        """Listen on *port*, or on a free one; give scheme, host and port."""
        runner = self._runner or await self._start()
        await web.TCPSite(runner, _HOST, port, ssl_context=self._tls).start()
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{_HOST}:{runner.addresses[-1][1]}"

    async def close(self) -> None:
        """Break all lines, stalled ones too, and listen no more."""
        runner, self._runner = self._runner, None
        if runner is not None and runner.server is not None:
            for connection in runner.server.connections:
                connection.force_close()
            await runner.cleanup()

    def break_lines(self) -> None:
        """Break all lines, and go on listening."""
        if self._runner is not None and self._runner.server is not None:
            for connection in self._runner.server.connections:
                if connection.transport is not None:
                    connection.transport.abort()

    async def _start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handler)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S
        )
        await self._runner.setup()
        return self._runner
