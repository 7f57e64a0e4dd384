"""Errors as values that JSON can hold, and back: for other processes, and for what is stored.

An error keeps its class, its sentence, its hint and every field, and so does its cause; the stack
that it came through is left out. A class that the reader does not know, since it belongs to a
package that is not loaded or to another version, becomes the closest one of ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from reposync import errors
from reposync.diagnostic import Diagnostic  # noqa: TC001 -- msgspec reads the types
from reposync.errors import RepoSyncError, Side, restored

if TYPE_CHECKING:
    from collections.abc import Iterator

_KNOWN_BY_ALL = errors.__name__
_FROM_THE_CLASS = ("type", "base", "message", "cause")


class _WrittenError(msgspec.Struct, omit_defaults=True):
    """An error as it is written; what the error itself does not have is left out.

    ``base`` is the closest class of ``errors``, where ``type`` is of another module.
    """

    type: str
    message: str
    base: str = ""
    hint: str | UnsetType | None = UNSET
    retryable: bool | UnsetType = UNSET
    host_cause: str | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    codes: tuple[str, ...] | UnsetType = UNSET
    retry_after_s: float | UnsetType | None = UNSET
    silence_s: float | UnsetType = UNSET
    problems: tuple[Diagnostic, ...] | UnsetType = UNSET
    path: str | UnsetType = UNSET
    why: str | UnsetType = UNSET
    operation: str | UnsetType = UNSET
    side: Side | UnsetType = UNSET
    cause: _WrittenError | UnsetType = UNSET


def error_fields(error: RepoSyncError) -> dict[str, Any]:
    """Return *error* as an object of JSON.

    Raises:
        TypeError: It has a field that ``_WrittenError`` does not know: a bug.
    """
    fields: dict[str, Any] = msgspec.to_builtins(_written(error))
    return fields


def error_of(fields: object) -> RepoSyncError:
    """Return the error that ``error_fields`` wrote as *fields*.

    Raises:
        msgspec.ValidationError: It wrote something else.
    """
    return _read(msgspec.convert(fields, _WrittenError))


def _written(error: RepoSyncError) -> _WrittenError:
    kind = type(error)
    base = next(each for each in kind.__mro__ if each.__module__ == _KNOWN_BY_ALL)
    fields = dict(vars(error))
    if "cause" in fields:
        fields["cause"] = _written(fields["cause"])
    return _WrittenError(
        kind.__name__, str(error), base="" if base is kind else base.__name__, **fields
    )


def _read(written: _WrittenError) -> RepoSyncError:
    fields = {
        name: value
        for name in written.__struct_fields__
        if name not in _FROM_THE_CLASS and (value := getattr(written, name)) is not UNSET
    }
    if written.cause is not UNSET:
        fields["cause"] = _read(written.cause)
    known = {kind.__name__: kind for kind in _classes(RepoSyncError)}
    kind = known.get(written.type) or known.get(written.base) or RepoSyncError
    return restored(kind, written.message, fields)


def _classes(kind: type[RepoSyncError]) -> Iterator[type[RepoSyncError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _classes(each)
