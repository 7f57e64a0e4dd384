"""Answer heads: status, headers, and where the body ends. A pure rule.

An answer whose length is told in two ways is refused: what we take for its end, another may take
for the middle, and the next answer on that line would be a forgery.

Spec: RFC 9112, sections 6 and 9.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from reposync.http.failures import NotHTTPError

CHUNKED = -1
UNTIL_CLOSE = -2
HEAD_LIMIT_BYTES = 64 * 1024
HEADER_LIMIT = 256
_BODILESS = frozenset({204, 304})
_LENGTH_LIMIT_DIGITS = 18

Fields = list[tuple[bytes, bytes]]


class Head(Struct, frozen=True):
    """The head of an answer; the names in ``fields`` are in lower case.

    ``body_bytes`` is the length of the body, ``CHUNKED`` or ``UNTIL_CLOSE``.
    """

    status: int
    fields: Fields
    keeps_alive: bool
    body_bytes: int


class Headers(Mapping[str, str]):
    """Headers by name, without regard to case; the first of each name."""

    __slots__ = ("_fields", "_first")

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._first = dict(reversed(fields))

    def __getitem__(self, name: str) -> str:
        return _text(self._first[name.lower().encode()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower().encode() in self._first

    def __iter__(self) -> Iterator[str]:
        return map(_text, self._first)

    def __len__(self) -> int:
        return len(self._first)

    def values_of(self, name: str) -> list[str]:
        """Return all values of *name*, in their order."""
        wanted = name.lower().encode()
        return [_text(value) for field, value in self._fields if field == wanted]


def understood(status: int, fields: Fields, version: str, *, may_have_body: bool) -> Head:
    """Make a head of what was parsed.

    Raises:
        NotHTTPError: Nobody could say for sure where the answer ends.
    """
    lengths: list[bytes] = []
    codings: list[bytes] = []
    connection = b""
    for name, value in fields:
        if name == b"content-length":
            lengths.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
        elif name == b"connection":
            connection += b"," + value.lower()
    body_bytes = _body_bytes(lengths, codings)
    if not may_have_body or status in _BODILESS:
        body_bytes = 0
    return Head(status, fields, _keeps_alive(connection, version), body_bytes)


def _body_bytes(lengths: list[bytes], codings: list[bytes]) -> int:
    if codings:
        if lengths or len(codings) > 1 or codings[0].strip().lower() != b"chunked":
            raise NotHTTPError("the end of its answer is in doubt")
        return CHUNKED
    if not lengths:
        return UNTIL_CLOSE
    text = lengths[0].strip()
    if len(lengths) > 1 or not text.isdigit() or len(text) > _LENGTH_LIMIT_DIGITS:
        raise NotHTTPError("the length of its answer is in doubt")
    return int(text)


def _keeps_alive(connection: bytes, version: str) -> bool:
    if not connection:
        return version == "1.1"
    options = {option.strip() for option in connection.split(b",")}
    return b"close" not in options and (version == "1.1" or b"keep-alive" in options)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
