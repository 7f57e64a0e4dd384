"""The ends of the floor: ``python -m bench.floor.ends FILE...`` serves files and takes bytes.

It prints ``ready SOURCE_PORT SINK_PORT``: a connection to the first is sent all files, one after
another; what comes to the second is thrown away. It ends when its standard input does.
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE_BYTES: Final = 1024 * 1024


def main() -> int:
    """Serve until standard input ends."""
    files = [Path(name) for name in sys.argv[1:]]

    def send(connection: socket.socket) -> None:
        for path in files:
            with path.open("rb") as file:
                connection.sendfile(file)

    print("ready", _serve(send), _serve(_take), flush=True)
    sys.stdin.buffer.read()
    return 0


def _take(connection: socket.socket) -> None:
    buffer = bytearray(_SIZE_BYTES)
    while connection.recv_into(buffer):
        pass


def _serve(answer: Callable[[socket.socket], None]) -> int:
    """Answer one connection after another, in a thread; give the port."""
    server = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        while True:
            connection, _ = server.accept()
            with connection:
                answer(connection)

    threading.Thread(target=loop, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


if __name__ == "__main__":
    sys.exit(main())
