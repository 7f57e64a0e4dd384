"""The floor where there is no C compiler: receive, hash (SHA-256), send, and nothing else."""

import hashlib
import socket
import sys

_SIZE_BYTES = 256 * 1024


def main() -> int:
    """Relay from the first port of the command line to the second."""
    source, sink = (socket.create_connection(("127.0.0.1", int(port))) for port in sys.argv[1:3])
    buffer = memoryview(bytearray(_SIZE_BYTES))
    digest, total = hashlib.sha256(), 0
    while received := source.recv_into(buffer):
        digest.update(buffer[:received])
        sink.sendall(buffer[:received])
        total += received
    print(total, digest.hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
