"""Errors are values too: they travel between processes as they are."""

from __future__ import annotations

import json
import pickle
import weakref

import pytest

from reposync import errors
from reposync.copy.fanout import LeftBehindError
from reposync.diagnostic import Diagnostic
from reposync.registry.immutability import TagRefusedError
from reposync.trust import CertificateFileError


def limited():
    error = errors.RateLimitedError("busy", method="GET", url="https://r/v2/", status=429, hint="x")
    error.retry_after_s = 20.0
    error.retryable = False
    return error


ERRORS = [
    errors.RepoSyncError("no", hint="try"),
    errors.ConfigError((Diagnostic("f.yml", 1, 2, "a", "b"),)),
    errors.CopyError("push tag 1", "destination", errors.DeniedError("no", status=403)),
    limited(),
    LeftBehindError("slow"),
    TagRefusedError("no", codes=("DENIED",)),
    CertificateFileError("ca.pem", "is empty", "name another"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_travels_whole(error):
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    fields = {key: str(value) for key, value in vars(error).items()}
    assert {key: str(value) for key, value in vars(arrived).items()} == fields


class Body(str):
    """A text that tells when nobody holds it any more; plain ones cannot."""

    __slots__ = ("__weakref__",)


def test_a_failed_copy_holds_nothing_of_what_was_under_way():
    def refuse():
        body = Body("x" * 100)
        bodies.append(weakref.ref(body))
        try:
            json.loads(body)
        except ValueError as error:
            raise errors.ContentError("not JSON") from error

    bodies: list[weakref.ref[Body]] = []
    try:
        refuse()
    except errors.ContentError as error:
        failed = errors.CopyError("read manifest", "source", error)
    assert [body() for body in bodies] == [None]
    assert str(failed.cause) == "not JSON"
