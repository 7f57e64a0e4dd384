"""Errors are values too: they travel between processes as they are."""

from __future__ import annotations

import pickle

import pytest

from reposync import errors
from reposync.copy.fanout import LeftBehindError
from reposync.diagnostic import Diagnostic
from reposync.registry.manifests.immutability import TagRefusedError
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
