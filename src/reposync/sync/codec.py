"""Events and outcomes as JSON, written without loss: for other processes, and for what is stored.

Each event is an object whose ``type`` is the name of its class. References, descriptors and
platforms are objects, digests texts, errors as in ``error_codec``.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from reposync.copy.outcome import Outcome
from reposync.error_codec import error_fields, error_of
from reposync.errors import ContentError, InvalidReferenceError, RepoSyncError
from reposync.oci.digest import Digest
from reposync.sync.events import Event

_Value = TypeVar("_Value")


def encode(value: Event | Outcome) -> bytes:
    """Return *value* as one line of JSON."""
    return _ENCODER.encode(value)


def decode_event(content: bytes) -> Event:
    """Read what ``encode`` wrote of an event.

    Raises:
        ContentError: It is no event that this version knows.
    """
    return _decoded(_EVENTS, content, "an event")


def decode_outcome(content: bytes) -> Outcome:
    """Read what ``encode`` wrote of an outcome.

    Raises:
        ContentError: It is no outcome.
    """
    return _decoded(_OUTCOMES, content, "an outcome")


def _decoded(decoder: msgspec.json.Decoder[_Value], content: bytes, what: str) -> _Value:
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, InvalidReferenceError) as error:
        raise ContentError(f"a record is not {what} of this version: {error}") from error


def _written(value: object) -> object:
    if isinstance(value, Digest):
        return str(value)
    if isinstance(value, RepoSyncError):
        return error_fields(value)
    raise TypeError(type(value).__name__)


def _read(kind: type, value: Any) -> object:  # noqa: ANN401 -- what JSON has there
    if kind is Digest:
        return Digest(value)
    return error_of(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_written)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_read)
_OUTCOMES = msgspec.json.Decoder(Outcome, dec_hook=_read)
