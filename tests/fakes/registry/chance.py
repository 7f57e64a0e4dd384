"""Chance: faults at any request, drawn from a seed.

Two kinds. Trouble is what networks and busy servers do, and may strike every request: statuses that
ask for another try, delays, silence, floods of interim answers, lines that break before, in and
after a body, bits that turn over, lost uploads, lost tokens. Refusals are answers that say no, or
something that is not so; they strike where a client can find out. What nobody could find out, such
as a registry that denies to know a tag, stays out: no client ends well who is lied to about what
there is.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tests.fakes.registry.faults import (
    Action,
    AlterHeaders,
    Answer,
    CorruptRequest,
    CorruptResponse,
    CutAnswer,
    CutRequest,
    CutResponse,
    Delay,
    DropUpload,
    Interims,
    Meanwhile,
    Stall,
    StallResponse,
    WrongLength,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_HONEST_FAILURES = (408, 429, 500, 502, 503, 504)
_REFUSALS = (
    (400, b""),
    (401, b""),
    (403, b'{"errors": [{"code": "DENIED", "message": "no"}]}'),
    (404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}'),
    (405, b'{"errors": [{"code": "UNSUPPORTED"}]}'),
    (413, b"<html>too large</html>"),
    (416, b""),
    (418, b"\x00\xff"),
    (200, b"<!DOCTYPE html>"),
    (202, b""),
    (204, b""),
    (302, b""),
)
_ALTERED = (
    {"Location": None},
    {"Location": "http://[broken"},
    {"Location": "//"},
    {"Docker-Content-Digest": None},
    {"Docker-Content-Digest": "sha256:" + "0" * 64},
    {"Docker-Content-Digest": "md5:1"},
    {"Content-Type": "text/html"},
    {"Content-Range": "bytes 7-8/9"},
    {"Range": "0-1"},
    {"Content-Encoding": "gzip"},
    {"Content-Type": None},
    {"Retry-After": "soon"},
)
_FAR_BYTES = 1_200_000
_BY_TAG = re.compile(r"/manifests/(?!sha)")
_BLOB = re.compile(r"/blobs/sha|^/sha(256|512):")  # the latter at a blob host
_BY_DIGEST = re.compile(r"/manifests/sha(256|512):")
_UPLOAD = re.compile(r"/blobs/uploads/")


class RandomFaults:
    """Decides what goes wrong with a request, *rate* of them; call it.

    *lost_tokens* is called where a registry shall know no token any more. ``struck`` tells what
    was done, for people.
    """

    def __init__(
        self, rng: random.Random, rate: float, lost_tokens: Callable[[], object] | None = None
    ) -> None:
        self._rng = rng
        self._rate = rate
        self._lost_tokens = lost_tokens
        self.struck: list[tuple[str, str, Action]] = []

    def __call__(self, method: str, path: str) -> Action | None:
        if self._rng.random() >= self._rate:
            return None
        draw = self._rng.choice((self._trouble, self._trouble, self._refusal))
        action = draw(method, path)
        if action is not None:
            self.struck.append((method, path, action))
        return action

    def _trouble(self, method: str, path: str) -> Action:
        rng = self._rng
        at = rng.choice((0, 1, rng.randrange(64), rng.randrange(2048), rng.randrange(_FAR_BYTES)))
        choices: list[Callable[[], Action]] = [
            self._failure,
            lambda: Delay(rng.choice((0.01, 1.0, 59.0, 70.0))),
            lambda: Interims(rng.choice((1, 32, 33, 5000)), rng.choice((0.0, 1.0, 50.0))),
            self._stall,
            lambda: StallResponse(at, self._later(rng.choice((0.5, 30.0, 300.0)))),
            lambda: CutAnswer(after_effect=rng.random() < 0.5),
            lambda: CutResponse(at),
        ]
        if method in {"PUT", "POST", "PATCH"}:
            choices += [lambda: CutRequest(at), lambda: CorruptRequest(at)]
        if _UPLOAD.search(path):
            choices.append(DropUpload)
        if _BLOB.search(path) or _BY_DIGEST.search(path):
            choices += [lambda: CorruptResponse(at), lambda: WrongLength(rng.choice((-1, 1, 99)))]
        if self._lost_tokens is not None:
            choices.append(lambda: Meanwhile(self._lost_tokens or _nothing))
        return rng.choice(choices)()

    def _refusal(self, method: str, path: str) -> Action | None:
        rng = self._rng
        writes = method in {"PUT", "POST", "PATCH"} and "/manifests/sha256-" not in path
        finds_out = _BLOB.search(path) or _BY_DIGEST.search(path) or path == "/token"
        reads = method == "GET" and finds_out
        if not writes and not reads:
            return None
        if rng.random() < 0.5:
            return AlterHeaders(rng.choice(_ALTERED))
        status, body = rng.choice(_REFUSALS)
        return Answer(status, {}, body)

    def _failure(self) -> Action:
        status = self._rng.choice(_HONEST_FAILURES)
        wish = self._rng.choice(("", "0", "1", "20", "5000", "Fri, 31 Dec 1999 23:59:59 GMT"))
        return Answer(status, {"Retry-After": wish} if wish else {}, b"busy")

    def _stall(self) -> Action:
        return Stall(self._later(self._rng.choice((1.0, 30.0, 200.0))))

    def _later(self, seconds: float) -> asyncio.Event:
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, event.set)
        return event


def _nothing() -> None:
    """Lose nothing."""
