from __future__ import annotations

import asyncio
import errno
import logging

import pytest
from tests.unit.report.script import denied, ended, outcome

from reposync import errors
from reposync.cli.event_log import lines
from reposync.copy.outcome import Status
from reposync.layout.disk import Disk
from reposync.report.failure_kind import FailureKind, kind_of, root_cause

HAS_NO_KIND = {"ConfigError", "InvalidReferenceError", "RepoSyncError"}
"""Those that end a call before it does anything, or are no failure of one sort."""


def tree(root=errors.RepoSyncError):
    yield root
    for each in root.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from tree(each)


def made(kind):
    match kind:
        case errors.CopyError:
            return denied()
        case errors.ConfigError:
            return kind(())
        case _:
            return kind("it failed")


@pytest.mark.parametrize("kind", [*tree()], ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_has_a_kind_but_those_that_are_of_no_sort(kind):
    assert (kind_of(made(kind)) is FailureKind.OTHER) == (kind.__name__ in HAS_NO_KIND)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.UnauthorizedError("no"), "unauthorized"),
        (errors.DeniedError("no"), "denied"),
        (errors.NotFoundError("no"), "not found"),
        (errors.RateLimitedError("no"), "rate limited"),
        (errors.QuotaError("no"), "rate limited"),
        (errors.ContentError("no"), "content wrong"),
        (errors.ConflictError("no"), "conflict"),
        (errors.UnavailableError("no"), "unavailable"),
        (errors.UploadInvalidError("no"), "unavailable"),
        (errors.TransportError("no"), "unreachable"),
        (errors.UnreachableError("no"), "unreachable"),
        (errors.CertificateError("no"), "not trusted"),
        (errors.NoTLSError("no"), "not trusted"),
        (errors.RegistryError("no"), "refused"),
        (errors.ProtocolError("no"), "answer wrong"),
        (errors.RelayError("no"), "relay failed"),
        (errors.StorageError("no"), "storage"),
        (asyncio.CancelledError(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
        (ZeroDivisionError(), "bug"),
    ],
)
def test_failures_are_told_apart(error, kind):
    assert kind_of(error) == kind


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_kind_of_its_own(number):
    error = Disk("oci:there").trouble(OSError(number, "full"))
    assert isinstance(error, errors.StorageError)
    assert kind_of(error) == "out of space"


def test_other_trouble_of_a_disk_is_not_a_full_one():
    assert kind_of(Disk("oci:there").trouble(OSError(errno.EACCES, "no"))) == "storage"


def test_a_failed_image_is_of_the_kind_of_its_cause():
    twice = errors.CopyError("copy", "source", denied())
    assert kind_of(twice) == "denied"
    assert str(root_cause(twice)) == "403 DENIED"


def test_a_log_line_of_a_failure_bears_its_kind():
    (line,) = lines(ended(outcome(Status.FAILED)))
    assert (line.level, line.fields["kind"]) == (logging.ERROR, "denied")
