"""The members of a tar, by their headers alone: names, where their bytes are, how many.

Nothing of an archive is trusted: a header that is not sound ends the list, numbers are bounded by
the length of the file, and only regular files are given.

Spec: POSIX.1-2017, pax, "ustar Interchange Format", "pax Extended Header"; GNU tar's long names
and numbers.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLOCK_BYTES = 512
_REGULAR = frozenset({b"\0", b"0", b"7"})
_PAX = b"x"
_LONG_NAME = b"L"
# Files that describe the next one, or all: never files of their own.
_EXTRA_LIMIT_BYTES = 1024 * 1024
_MEMBERS_LIMIT = 1_000_000
_SIZE_LIMIT = 1 << 62


class Member(Struct, frozen=True):
    """A regular file in the archive; of one that was cut off, ``size`` is what is left of it."""

    name: str
    start: int
    size: int


class _Header(Struct, frozen=True):
    name: str
    size: int
    kind: bytes


def members(descriptor: int) -> Iterator[Member]:
    """Iterate over the regular files of an open archive, as far as its headers are sound."""
    length = os.fstat(descriptor).st_size
    described: Mapping[str, str] = {}
    at = 0
    for _ in range(_MEMBERS_LIMIT):
        header = _header(os.pread(descriptor, BLOCK_BYTES, at))
        if header is None:
            return
        start = at + BLOCK_BYTES
        size = _number(described.get("size", ""), header.size)
        if header.kind in _REGULAR:
            yield Member(
                described.get("path", header.name), start, max(0, min(size, length - start))
            )
        at = start + -(-size // BLOCK_BYTES) * BLOCK_BYTES
        described = _described(descriptor, header, start)


def _header(block: bytes) -> _Header | None:
    """Read a header; None where there is none, or one whose sum is wrong."""
    if len(block) < BLOCK_BYTES or not any(block):
        return None
    unsummed = block[:148] + b" " * 8 + block[156:]
    try:
        size = _size(block[124:136])
        is_sound = int(block[148:156].rstrip(b" \0") or b"0", 8) == sum(unsummed)
    except ValueError:
        return None
    if not is_sound or not 0 <= size < _SIZE_LIMIT:
        return None
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return _Header(f"{prefix}/{name}" if prefix else name, size, block[156:157])


def _described(descriptor: int, header: _Header, start: int) -> Mapping[str, str]:
    """Read what a member that is no file says of the next one: its name, its size."""
    if header.kind not in {_PAX, _LONG_NAME} or header.size > _EXTRA_LIMIT_BYTES:
        return {}
    content = os.pread(descriptor, header.size, start)
    if header.kind == _LONG_NAME:
        return {"path": _text(content)}
    return dict(_records(content))


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """Read lines of ``length key=value``, the length being that of the whole line."""
    while content:
        length, space, _ = content.partition(b" ")
        count = int(length) if space and length.isdigit() and len(length) < len("1048576 ") else 0
        if count <= len(length) + 1:
            return
        key, _, value = content[len(length) + 1 : count - 1].partition(b"=")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        content = content[count:]


def _size(field: bytes) -> int:
    """Read a number: octal, or binary where its first bit is set, as GNU tar writes large ones."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def _number(text: str, default: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(_SIZE_LIMIT))
    return int(text) if is_number else default


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
