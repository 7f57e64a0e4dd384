"""Registries without space: how they say so, and for how long they are asked again."""

from __future__ import annotations

import json

import pytest

from reposync.errors import FullError, NoSpaceError, RateLimitedError
from reposync.registry.buffered_response import BufferedResponse
from reposync.registry.refusal import refusal
from reposync.registry.throttle.storage_full import FULL_AFTER_S, StorageFull

URL = "https://r.example/v2/a/blobs/uploads/x?_state=secret"
DISTRIBUTION = {
    "code": "UNKNOWN",
    "message": "unknown error",
    "detail": {"DriverName": "filesystem", "Enclosed": {"Op": "write", "Path": "/x", "Err": 28}},
}


def refused(status, entry, method="PUT"):
    body = json.dumps({"errors": [entry]}).encode()
    return refusal(BufferedResponse(method, URL, status, {}, body))


@pytest.mark.parametrize(
    ("status", "entry", "said"),
    [
        (500, DISTRIBUTION, "500 Internal Server Error"),
        (500, DISTRIBUTION | {"detail": DISTRIBUTION["detail"]["Enclosed"]}, "500"),  # type: ignore[index]
        (500, DISTRIBUTION | {"detail": "write /x: no space left on device"}, "500"),
        (500, DISTRIBUTION | {"detail": "write /x: disk quota exceeded"}, "500"),
        (507, {"code": "", "message": "Insufficient Storage"}, "Insufficient Storage"),
        (
            403,
            {
                "code": "DENIED",
                "message": "adding 2.0 MiB of storage resource, which when updated to current "
                "usage of 9.0 MiB will exceed the configured upper limit of 10.0 MiB.",
            },
            "DENIED: adding 2.0 MiB",
        ),
        (
            403,
            {"code": "DENIED", "message": "Quota has been exceeded on namespace"},
            "DENIED: Quota has been exceeded",
        ),
    ],
)
def test_want_of_space_is_told_however_a_registry_says_it(status, entry, said):
    error = refused(status, entry)
    assert isinstance(error, NoSpaceError)
    assert str(error).startswith(f"r.example has no space left ({said}")
    assert "secret" not in repr(vars(error)) + str(error)
    assert error.hint


@pytest.mark.parametrize(
    ("status", "entry", "method"),
    [
        (500, DISTRIBUTION | {"detail": {"Op": "write", "Path": "/x", "Err": 5}}, "PUT"),
        (500, DISTRIBUTION, "GET"),
        (429, {"code": "TOOMANYREQUESTS", "message": "quota has been exceeded"}, "PUT"),
        (404, {"code": "NAME_UNKNOWN", "message": "no space left on device"}, "PUT"),
    ],
)
def test_what_is_no_want_of_space_is_told_as_it_is(status, entry, method):
    assert not isinstance(refused(status, entry, method), NoSpaceError)


def test_a_limit_of_requests_is_none_of_space():
    entry = {"code": "TOOMANYREQUESTS", "message": "Quota exceeded for quota metric 'Requests'"}
    assert isinstance(refused(403, entry), RateLimitedError)


def test_a_registry_that_stays_full_is_asked_again_for_a_while_only(clock):
    space = StorageFull(clock)
    error = refused(500, DISTRIBUTION)
    assert space.judged(error) is error
    clock.advance(FULL_AFTER_S / 2)
    assert space.judged(error).retryable
    clock.advance(FULL_AFTER_S)
    final = space.judged(error)
    assert isinstance(final, FullError)
    assert not final.retryable
    assert (str(final), final.hint, final.status) == (str(error), error.hint, 500)
    space.took()
    assert space.judged(error).retryable
