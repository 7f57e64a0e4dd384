"""Versions: parses and orders tags such as ``v1.2.3-rc1-alpine3.19``.

A version has numbers, an optional pre-release, an optional revision (``-r2``, ``_8``,
``-20240101``), and a variant: all other words. Only the words listed below are pre-releases;
``-alpine`` and similar words are not. ``ranges`` decides which versions a range includes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

SERIAL_FROM = 100_000
"""A first number of at least this is a date or build number: ``20240101``."""

_LENGTH_LIMIT = 128
_RANKS = (
    ("dev", "snapshot", "nightly", "canary", "edge", "unstable", "next", "ea"),
    ("alpha", "a"),
    ("beta", "b"),
    ("milestone", "m"),
    ("preview", "prerelease", "pre"),
    ("rc", "cr"),
)
_RANK = {word: rank for rank, words in enumerate(_RANKS) for word in words}
_NEUTRAL = frozenset({"final", "ga", "release"})

_NUMBERS = r"[0-9]+(?:\.[0-9]+)*"
_SHAPE = rf"(?s)[vV]?(?P<release>{_NUMBERS})(?P<rest>.*)"
_HASH = r"(?=[0-9]*[a-f])[0-9a-f]{7,}"
_SEPARATOR = r"[-_+]"
_SEPARATORS = ("-", "_", "+", ".")
_PRE_WORDS = "|".join(word for words in _RANKS for word in words if len(word) > 1)
_PRE = (
    rf"(?P<word>{_PRE_WORDS}|m(?=[0-9]))(?:\.?(?P<numbers>{_NUMBERS})(?P<tail>.*)|(?P<text>\..*))?"
)
_GLUED_PRE = rf"(?P<word>[ab])(?P<numbers>{_NUMBERS})(?P<tail>)(?P<text>)"
_REVISION = rf"(?:r|rev|revision|b|build|p|pl|patch|post|u|hotfix)\.?({_NUMBERS})"
_LETTER = r"[a-z]"


class PrePart(NamedTuple):
    """One word of a pre-release: ``alpha.2`` is rank 1, numbers (2,)."""

    rank: int
    numbers: tuple[int, ...] = ()
    tail: str = ""


LOWEST_PRE = PrePart(-1)
"""Lower than every pre-release: the meaning of ``-0`` in a range."""


class Version(Struct, frozen=True):
    """A tag parsed as a version; ``release`` has as many numbers as the tag."""

    text: str
    release: tuple[int, ...]
    pre: tuple[PrePart, ...] = ()
    revision: tuple[int, ...] = ()
    variant: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the release as written: the second one of ``22.04`` is ``04``."""
        shape = re.fullmatch(_SHAPE, self.text)
        return tuple(shape["release"].split(".")) if shape else ()

    @property
    def is_serial(self) -> bool:
        """Whether it is a date or build number."""
        return self.release[0] >= SERIAL_FROM


@lru_cache(maxsize=8192)
def parse_version(tag: str) -> Version | None:
    """Parse *tag*; None if it is not a version: ``latest``, ``jammy-20240101``, ``1a2b3c4d``."""
    shape = re.fullmatch(_SHAPE, tag)
    if shape is None or len(tag) > _LENGTH_LIMIT or re.fullmatch(_HASH, tag):
        return None
    reading = _Reading()
    if not reading.take(shape["rest"].lower()):
        return None
    return Version(
        tag,
        _numbers(shape["release"]),
        tuple(reading.pre),
        tuple(reading.revision),
        "-".join(reading.variant),
    )


def order(tag: str) -> tuple[object, ...]:
    """Return the sort key of *tag*, the newest last; tags that are not versions come first.

    By dates and builds before versions, numbers, pre-releases before the release, revision; then,
    for a total order: fewer numbers first, variants before none, text.
    """
    version = parse_version(tag)
    if version is None:
        return (0, natural(tag), tag)
    return (
        1,
        not version.is_serial,
        trimmed(version.release),
        not version.pre,
        version.pre,
        version.revision,
        len(version.release),
        not version.variant,
        natural(tag),
        tag,
    )


def trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    """Remove trailing zeros, so that 1.2 and 1.2.0 are equal."""
    end = len(release)
    while end and not release[end - 1]:
        end -= 1
    return release[:end]


def natural(text: str) -> tuple[str | int, ...]:
    """Split *text* so that alpine3.9 comes before alpine3.19: text at even indexes, numbers at odd.

    A text longer than a tag is not split, as converting huge numbers is slow.
    """
    if len(text) > _LENGTH_LIMIT:
        return (text,)
    pieces = re.split(r"([0-9]+)", text)
    return tuple(int(piece) if index % 2 else piece for index, piece in enumerate(pieces))


class _Reading:
    """The state of parsing the words after a version's numbers."""

    def __init__(self) -> None:
        self.pre: list[PrePart] = []
        self.revision: list[int] = []
        self.variant: list[str] = []
        self._is_open = False  # the previous word was a pre-release without a number

    def take(self, rest: str) -> bool:
        """Parse *rest*; return False if it is malformed: no version has such a tag."""
        if rest[:1] == ".":
            rest = f"-{rest[1:]}"
        first, *words = re.split(_SEPARATOR, rest)
        if rest[-1:] in _SEPARATORS or (first and not self._glued(first)):
            return False
        for word in filter(None, words):
            self._word(word)
        return True

    def _glued(self, word: str) -> bool:
        if match := re.fullmatch(_GLUED_PRE, word) or re.fullmatch(_PRE, word):
            self._add_pre(match)
        elif match := re.fullmatch(_REVISION, word):
            self.revision += _numbers(match[1])
        elif re.fullmatch(_LETTER, word):
            self.revision.append(ord(word))
        else:
            return False
        return True

    def _word(self, word: str) -> None:
        if re.fullmatch(_NUMBERS, word):
            self._add_numbers(word)
        elif match := re.fullmatch(_PRE, word):
            self._add_pre(match)
            return
        elif match := re.fullmatch(_REVISION, word):
            self.revision += _numbers(match[1])
        elif word not in _NEUTRAL:
            self.variant.append(word)
        self._is_open = False

    def _add_pre(self, match: re.Match[str]) -> None:
        numbers = _numbers(match["numbers"]) if match["numbers"] else ()
        tail = (match["tail"] or match["text"] or "").strip(".")
        self.pre.append(PrePart(_RANK[match["word"]], numbers, tail))
        self._is_open = not numbers and not tail

    def _add_numbers(self, word: str) -> None:
        numbers = _numbers(word)
        if self._is_open:
            self.pre[-1] = self.pre[-1]._replace(numbers=numbers)
        elif not self.variant or numbers[0] >= SERIAL_FROM:
            self.revision += numbers
        else:
            self.variant.append(word)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))
