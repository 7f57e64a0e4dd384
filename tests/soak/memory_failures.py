"""Failures of the memory store, drawn from a seed; where they may strike, see ``chance``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fakes.failures import Failure

from reposync.errors import (
    CorruptContentError,
    DeniedError,
    NotFoundError,
    RateLimitedError,
    RegistryError,
    TransportError,
    UnavailableError,
    UploadInvalidError,
)

if TYPE_CHECKING:
    import random

    from tests.fakes.failures import Call

    from reposync.errors import RepoSyncError

_TROUBLE = (UnavailableError, TransportError, RateLimitedError)
_REFUSALS = (DeniedError, NotFoundError, RegistryError, UploadInvalidError)
_WRITES = frozenset({"push_blob", "push_manifest", "mount_blob"})


class RandomFailures:
    """Decides how a call fails, *rate* of them; call it."""

    def __init__(self, rng: random.Random, rate: float) -> None:
        self._rng = rng
        self._rate = rate
        self.struck: list[tuple[Call, Failure]] = []

    def __call__(self, call: Call) -> Failure | None:
        if self._rng.random() >= self._rate:
            return None
        failure = self._drawn(call)
        self.struck.append((call, failure))
        return failure

    def _drawn(self, call: Call) -> Failure:
        rng = self._rng
        if rng.random() < 0.2:
            event = asyncio.Event()
            asyncio.get_running_loop().call_later(rng.choice((0.1, 3.0, 100.0)), event.set)
            return Failure(call.operation, released=event)
        after_bytes = 0
        if call.operation in {"open_blob", "push_blob"}:
            after_bytes = rng.choice((0, 1, 1000, rng.randrange(700_000)))
        return Failure(
            call.operation,
            self._error(call),
            after_bytes=after_bytes,
            after_effect=call.operation in _WRITES and not after_bytes and rng.random() < 0.5,
        )

    def _error(self, call: Call) -> RepoSyncError:
        rng, name = self._rng, f"{call.operation} {call.subject} fails by chance"
        speaks_of_content = ":" in call.subject and call.operation != "list_referrers"
        if call.operation == "open_blob" and rng.random() < 0.3:
            return CorruptContentError(name)
        writes = call.operation in _WRITES and not call.subject.startswith("sha256-")
        reads = call.operation in {"open_blob", "fetch_manifest"} and speaks_of_content
        if (writes or reads) and rng.random() < 0.3:
            return rng.choice(_REFUSALS)(name)
        return rng.choice(_TROUBLE)(name)
