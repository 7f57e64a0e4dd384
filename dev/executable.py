"""A static executable of 200 bytes that prints a line and exits, assembled by hand.

So the images of the development registries really run on their platform, and no compiler, base
image or download is needed to make them.

Spec: System V ABI (ELF-64); Linux system calls write(2) and exit(2) of each architecture.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_BASE_ADDRESS: Final = 0x400000
_HEADERS_BYTES: Final = 64 + 56
_PAGE_BYTES: Final = 0x10000  # arm64 kernels have pages of up to 64 KiB
_READ_EXECUTE: Final = 5
_STDOUT: Final = 1


def executable(architecture: str, line: bytes) -> bytes:
    """Assemble a Linux program for *architecture* (``amd64`` or ``arm64``) that prints *line*."""
    machine, assemble = _ARCHITECTURES[architecture]
    text = assemble(len(line)) + line
    size_bytes = _HEADERS_BYTES + len(text)
    return _file_header(machine) + _program_header(size_bytes) + text


def _file_header(machine: int) -> bytes:
    magic = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)  # 64 bits, little-endian, version 1
    entry, program_headers_at = _BASE_ADDRESS + _HEADERS_BYTES, 64
    return magic + struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, entry, program_headers_at, 0, 0, 64, 56, 1, 0, 0, 0
    )


def _program_header(size_bytes: int) -> bytes:
    return struct.pack(
        "<IIQQQQQQ",
        1,
        _READ_EXECUTE,
        0,
        _BASE_ADDRESS,
        _BASE_ADDRESS,
        size_bytes,
        size_bytes,
        _PAGE_BYTES,
    )


def _amd64(line_bytes: int) -> bytes:
    code = [
        b"\xb8\x01\0\0\0",  # mov eax, write
        b"\xbf" + struct.pack("<I", _STDOUT),  # mov edi, stdout
        b"\x48\x8d\x35" + struct.pack("<i", 16),  # lea rsi, the line, 16 bytes after this
        b"\xba" + struct.pack("<I", line_bytes),  # mov edx, length
        b"\x0f\x05",  # syscall
        b"\xb8\x3c\0\0\0",  # mov eax, exit
        b"\x31\xff",  # xor edi, edi
        b"\x0f\x05",  # syscall
    ]
    return b"".join(code)


def _arm64(line_bytes: int) -> bytes:
    def movz(register: int, value: int) -> int:
        return 0xD2800000 | value << 5 | register

    def adr(register: int, distance: int) -> int:
        return 0x10000000 | (distance & 3) << 29 | (distance >> 2) << 5 | register

    supervisor_call = 0xD4000001
    write, exit_ = 64, 93
    code = [
        movz(8, write),
        movz(0, _STDOUT),
        adr(1, 6 * 4),  # the line stands six instructions further on
        movz(2, line_bytes),
        supervisor_call,
        movz(8, exit_),
        movz(0, 0),
        supervisor_call,
    ]
    return struct.pack(f"<{len(code)}I", *code)


_ARCHITECTURES: Final[dict[str, tuple[int, Callable[[int], bytes]]]] = {
    "amd64": (62, _amd64),
    "arm64": (183, _arm64),
}
