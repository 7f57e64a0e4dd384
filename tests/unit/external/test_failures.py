"""What another program complains of, as our errors."""

# ruff: noqa: E501 -- a complaint is in one line, as the program writes it

from __future__ import annotations

import pytest
from tests.unit.external.shipments import shipment

from reposync.external.failures import ProgramFailure, failure
from reposync.external.program_output import last_error
from reposync.report.failure_kind import FailureKind, kind_of

SHIPMENT = shipment(tags={"1": "1"})
PING = 'pinging container registry a.example: Get "https://a.example/v2/": '
REUSE = "trying to reuse blob sha256:60b03c at destination: "


@pytest.mark.parametrize(
    ("said", "side", "kind"),
    [
        (f"{REUSE}checking whether a blob sha256:60b03c exists in b.example/y: unauthorized: authentication required", "destination", FailureKind.UNAUTHORIZED),
        ("initializing source docker://a.example/x:1: reading manifest 1 in a.example/x: manifest unknown: manifest unknown", "source", FailureKind.NOT_FOUND),
        (f"initializing source docker://a.example/x:1: {PING}http: server gave HTTP response to HTTPS client", "source", FailureKind.NOT_TRUSTED),
        (f"initializing source docker://a.example/x:1: {PING}x509: certificate signed by unknown authority", "source", FailureKind.NOT_TRUSTED),
        (f"initializing source docker://a.example/x:1: {PING}dial tcp 127.0.0.1:1: connect: connection refused", "source", FailureKind.UNREACHABLE),
        (f"initializing source docker://a.example/x:1: {PING}dial tcp: lookup a.example: no such host", "source", FailureKind.UNREACHABLE),
        ('writing blob: storing blob to file "/var/tmp/x": happened during read: Digest did not match, expected sha256:1, got sha256:2', "source", FailureKind.CONTENT_WRONG),
        ("writing blob: initiating layer upload to /v2/y/blobs/uploads/ in b.example: denied: requested access to the resource is denied", "destination", FailureKind.DENIED),
        ("writing manifest: uploading manifest 1 to b.example/y: received unexpected HTTP status: 503 Service Unavailable", "destination", FailureKind.UNAVAILABLE),
        ("initializing source docker://a.example/x:1: reading manifest 1 in a.example/x: toomanyrequests: You have reached your pull rate limit", "source", FailureKind.RATE_LIMITED),
        ("writing blob: storing blob to file: write /var/tmp/x: no space left on device", "destination", FailureKind.OUT_OF_SPACE),
        ("reading manifest 401 in a.example/x509/denied:401: manifest unknown", "source", FailureKind.NOT_FOUND),
        ("writing blob: initiating layer upload to /v2/certificate/blobs/uploads/ in b.example: denied: no", "destination", FailureKind.DENIED),
        ("fork/exec /run/user/1/reposync-relay-x/y/skopeo: permission denied", "destination", FailureKind.RELAY),
        ("something that nobody knows at a.example", "source", FailureKind.RELAY),
    ],
)  # fmt: skip
def test_a_complaint_has_a_side_and_a_kind(said, side, kind):
    error = failure(ProgramFailure("skopeo", said, 1), SHIPMENT, SHIPMENT.targets[0])

    assert (error.side, kind_of(error)) == (side, kind)
    assert str(error).startswith(f"cannot copy by skopeo at the {side}: ")


def test_the_sentence_names_the_host_and_how_the_complaint_ends():
    said = (
        f"{REUSE}checking whether it exists in b.example/y: unauthorized: authentication required"
    )

    error = failure(ProgramFailure("skopeo", said, 1), SHIPMENT, SHIPMENT.targets[0])

    assert (
        str(error.cause) == "b.example did not accept the login of skopeo (authentication required)"
    )


def test_a_program_that_was_killed_is_told_with_what_may_help():
    error = failure(ProgramFailure("skopeo", "", -9), SHIPMENT, SHIPMENT.targets[0])

    assert str(error.cause) == "skopeo was killed by signal 9"
    assert "--parallel-sync-tasks" in (error.hint or "")


def test_the_last_line_that_is_an_error_is_the_complaint():
    lines = [
        "Getting image source signatures",
        'time="2026-01-01T00:00:00Z" level=warning msg="never mind"',
        'time="2026-01-01T00:00:00Z" level=fatal msg="reading \\"x\\" failed"',
        "",
    ]

    assert last_error(lines) == 'reading "x" failed'


def test_without_a_line_of_its_form_the_last_words_are_taken():
    assert last_error(["panic: runtime error", " "]) == "panic: runtime error"
    assert last_error(["", "  "]) == ""


def test_no_secret_and_no_query_of_a_url_is_in_a_complaint():
    line = (
        'Get "https://me:pw@cdn.example/blob?sig=abc&t=1": refused Authorization: Bearer '
        "opaque for s3cret"
    )

    said = last_error([line], ["s3cret"])

    assert said == 'Get "https://cdn.example/blob?***": refused Authorization: Bearer *** for ***'


def test_a_complaint_is_cut_and_steers_no_terminal():
    said = last_error(["\x1b[31m" + "x" * 500 + ": the end"])

    assert len(said) == 300
    assert said.isprintable()
    assert said.endswith("x: the end")
