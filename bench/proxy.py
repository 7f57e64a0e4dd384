"""A proxy that delays: what stands in for a link where network namespaces cannot be made.

``python -m bench.proxy RTT_MS PORT`` prints ``ready PORT`` and passes every connection on to the
PORT of loopback, each byte half a round trip later, each connection's first a round trip later
still, as its handshake would take. It knows no loss. It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Final

_HOST: Final = "127.0.0.1"
_READ_BYTES: Final = 256 * 1024
_QUEUE: Final = 1024


async def _serve(rtt_s: float, port: int) -> None:
    server = await asyncio.start_server(partial(_pass_on, rtt_s, port), _HOST, 0, backlog=1024)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.close()


async def _pass_on(
    rtt_s: float, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await asyncio.sleep(rtt_s)
    upstream, downstream = await asyncio.open_connection(_HOST, port)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_delay(reader, downstream, rtt_s / 2))
            both.create_task(_delay(upstream, writer, rtt_s / 2))
    except* ConnectionError:
        pass  # either side may end a connection as it likes; then the other is told
    finally:
        writer.close()
        downstream.close()


async def _delay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, by_s: float) -> None:
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUE)
    async with asyncio.TaskGroup() as both:
        both.create_task(_deliver(queue, writer))
        while content := await reader.read(_READ_BYTES):
            await queue.put((asyncio.get_running_loop().time() + by_s, content))
        await queue.put((asyncio.get_running_loop().time() + by_s, b""))


async def _deliver(queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    content = b"first"
    while content:
        due, content = await queue.get()
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        writer.write(content)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1000, int(sys.argv[2])))
