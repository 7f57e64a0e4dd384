"""Digests: content identified by its hash.

Decides which digests are well formed and which algorithms are supported.

Spec: image-spec v1.1.1, descriptor.md, "Digests".
"""

from __future__ import annotations

import hashlib
import re
from typing import Self

from reposync.errors import CorruptContentError, InvalidReferenceError

_HEX_LENGTH = {"sha256": 64, "sha512": 128}
_DIGEST = re.compile(r"(?P<algorithm>sha256|sha512):(?P<encoded>[a-f0-9]+)")
_SHOWN_LIMIT = 80


class Digest(str):
    """A digest as text, ``algorithm:hex``; usable as a dictionary key and JSON value."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Create a digest from *text*.

        Raises:
            InvalidReferenceError: *text* is not a sha256 or sha512 digest.
        """
        match = _DIGEST.fullmatch(text)
        if match is None or len(match["encoded"]) != _HEX_LENGTH[match["algorithm"]]:
            raise InvalidReferenceError(
                f"{text[:_SHOWN_LIMIT]!r} is not a digest",
                hint="a digest is sha256: and 64 hexadecimal digits, or sha512: and 128",
            )
        return super().__new__(cls, text)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Self:
        """Compute the digest of *content*."""
        return cls(f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")

    @classmethod
    def of_raw(cls, raw: bytes) -> Self:
        """Return the digest whose ``raw`` is *raw*."""
        encoded = raw.hex()
        algorithm = next(name for name, length in _HEX_LENGTH.items() if length == len(encoded))
        return cls(f"{algorithm}:{encoded}")

    @property
    def algorithm(self) -> str:
        """The registered name of the hash algorithm: ``sha256`` or ``sha512``."""
        return self.partition(":")[0]

    @property
    def encoded(self) -> str:
        """The hash in lower-case hexadecimal."""
        return self.partition(":")[2]

    @property
    def raw(self) -> bytes:
        """The hash as bytes, a third of the text's size; its length implies the algorithm."""
        return bytes.fromhex(self.encoded)

    @property
    def short(self) -> str:
        """The algorithm and the first twelve digits, for messages."""
        return f"{self.algorithm}:{self.encoded[:12]}"


class DigestCheck:
    """Hashes content while it is streamed, and verifies its size and digest at the end."""

    def __init__(self, digest: Digest, size: int) -> None:
        self._digest = digest
        self._size_bytes = size
        self._seen_bytes = 0
        self._hash = hashlib.new(digest.algorithm)

    @property
    def seen_bytes(self) -> int:
        """The number of bytes received."""
        return self._seen_bytes

    @property
    def missing_bytes(self) -> int:
        """The number of bytes not yet received."""
        return self._size_bytes - self._seen_bytes

    def update(self, chunk: bytes) -> None:
        """Add the next bytes.

        Raises:
            CorruptContentError: There are more bytes than the descriptor says.
        """
        self._seen_bytes += len(chunk)
        if self._seen_bytes > self._size_bytes:
            raise CorruptContentError(
                f"{self._digest} has more than the {self._size_bytes} bytes of its descriptor"
            )
        self._hash.update(chunk)

    def finish(self) -> None:
        """Verify size and digest.

        Raises:
            CorruptContentError: Bytes are missing, or they hash to another digest.
        """
        if self.missing_bytes:
            raise CorruptContentError(
                f"{self._digest} ended after {self._seen_bytes} of {self._size_bytes} bytes"
            )
        found = self._hash.hexdigest()
        if found != self._digest.encoded:
            raise CorruptContentError(
                f"expected {self._digest}, received {self._digest.algorithm}:{found}"
            )


def verify(content: bytes, digest: Digest) -> None:
    """Verify that *content* hashes to *digest*.

    Raises:
        CorruptContentError: It does not.
    """
    check = DigestCheck(digest, len(content))
    check.update(content)
    check.finish()
