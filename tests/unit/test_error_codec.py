"""Errors travel between processes and into files, and mean the same where they arrive."""

from __future__ import annotations

import json
import pickle

import msgspec
import pytest
from tests.error_examples import SECRET, classes, example

from reposync.error_codec import error_fields, error_of
from reposync.errors import CopyError, DeniedError, RateLimitedError, RegistryError, RepoSyncError
from reposync.report.failure_kind import host_cause, kind_of

CLASSES = [*classes()]


def by_json(error):
    return error_of(json.loads(json.dumps(error_fields(error))))


def by_pickle(error):
    return pickle.loads(pickle.dumps(error))


def meaning(error):
    """Return all that others learn from an error, and of its cause."""
    fields = {
        name: meaning(value) if isinstance(value, RepoSyncError) else value
        for name, value in vars(error).items()
    }
    learned = (str(error), error.hint, error.retryable, error.is_transient)
    return type(error), learned, kind_of(error), host_cause(error), fields


@pytest.mark.parametrize("carry", [by_json, by_pickle])
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_of_any_class_arrives_with_all_that_it_means(kind, carry):
    error = example(kind)
    assert meaning(carry(error)) == meaning(error)


def test_names_of_classes_are_unique():
    assert len({kind.__name__ for kind in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_secret_of_a_url_is_in_an_error(kind):
    assert SECRET not in json.dumps(error_fields(example(kind)))
    assert SECRET.encode() not in pickle.dumps(example(kind))


def test_a_copy_brings_the_cause_of_its_failure():
    error = CopyError("push tag 1", "destination", DeniedError("no", codes=("DENIED",)))
    cause = by_json(error).cause
    assert isinstance(cause, DeniedError)
    assert cause.codes == ("DENIED",)


def test_what_an_error_leaves_to_its_class_stays_there():
    error = by_json(RateLimitedError("busy"))
    assert "retryable" not in vars(error)
    assert error.retryable
    assert error.retry_after_s is None


def test_a_class_that_is_not_known_becomes_the_closest_one_that_is():
    fields = error_fields(DeniedError("no", status=403))
    known = error_of({**fields, "type": "LaterError", "base": "RegistryError"})
    assert type(known) is RegistryError
    assert type(error_of({**fields, "type": "LaterError"})) is RepoSyncError
    assert str(known) == "no"


def test_a_field_that_is_not_known_cannot_get_lost():
    error = RepoSyncError("no")
    error.novelty = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="novelty"):
        error_fields(error)


@pytest.mark.parametrize("fields", [None, [], {}, {"type": "DeniedError"}, {"message": 1}])
def test_what_is_no_error_is_refused(fields):
    with pytest.raises(msgspec.ValidationError):
        error_of(fields)
