"""The ends of the floor: ``python -m bench.floor.ends CHAIN KEY FILE...``.

They serve files, and take bytes. It prints ``ready SOURCE SINK``, each as HOST:PORT: a connection
to the first is sent all files, one after another; what comes to the second is thrown away. With a
CHAIN and a KEY, which may both be empty, they speak TLS. It ends when its standard input does.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE_BYTES: Final = 1024 * 1024


def main() -> int:
    """Serve until standard input ends."""
    chain, key, *names = sys.argv[1:]
    tls = None
    if chain:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(chain, key)

    def send(connection: socket.socket) -> None:
        for name in names:
            with Path(name).open("rb") as file:
                connection.sendfile(file)

    print("ready", _serve(send, tls), _serve(_take, tls), flush=True)
    sys.stdin.buffer.read()
    return 0


def _take(connection: socket.socket) -> None:
    buffer = bytearray(_SIZE_BYTES)
    while connection.recv_into(buffer):
        pass


def _serve(answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None) -> str:
    """Answer one connection after another, in a thread; give the address."""
    server = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        while True:
            connection, _ = server.accept()
            with tls.wrap_socket(connection, server_side=True) if tls else connection as line:
                answer(line)

    threading.Thread(target=loop, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main())
