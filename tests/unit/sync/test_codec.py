"""Events and outcomes travel between processes and into files without loss."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import get_args

import msgspec
import pytest
from tests.error_examples import SECRET, classes, example
from tests.unit.test_error_codec import meaning

from reposync.copy import events as copy_events
from reposync.copy.outcome import Outcome, Status
from reposync.decision import Action
from reposync.errors import ContentError, RepoSyncError
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest
from reposync.oci.platform import Platform
from reposync.oci.reference import Reference
from reposync.sync import events
from reposync.sync.codec import decode_event, decode_outcome, encode

DIGEST = Digest("sha256:" + "ab" * 32)
EXAMPLES = {
    str: "a \N{SNOWMAN} \n",
    int: 2**62,
    float: 0.1,
    bool: True,
    Digest: DIGEST,
    Status: Status.UP_TO_DATE,
    Action: Action.MOVE,
    Mapping[str, str]: {"key": "value"},
    RepoSyncError: example(RepoSyncError),
}
EVENTS = get_args(events.Event)


def filled(kind):
    """Return a value of *kind*, none of whose fields has its default."""
    if kind in EXAMPLES:
        return EXAMPLES[kind]
    inner = [each for each in get_args(kind) if each not in {type(None), ...}]
    if inner:
        value = filled(inner[0])
        return (value, value) if getattr(kind, "__origin__", None) is tuple else value
    hints = msgspec.structs.fields(kind)
    return kind(**{each.name: filled(each.type) for each in hints})


def comparable(value):
    """Return *value* in a form that compares all of it; errors and descriptors leave things out."""
    if isinstance(value, RepoSyncError):
        return meaning(value)
    if isinstance(value, tuple):
        return tuple(comparable(each) for each in value)
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return type(value), {name: comparable(each) for name, each in fields.items()}
    return type(value), value


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "bare"])
def test_an_event_arrives_as_it_was(kind, is_full):
    event = filled(kind)
    if not is_full:
        defaults = [each for each in msgspec.structs.fields(kind) if not each.required]
        event = msgspec.structs.replace(event, **{each.name: each.default for each in defaults})
    assert comparable(decode_event(encode(event))) == comparable(event)
    assert comparable(pickle.loads(pickle.dumps(event))) == comparable(event)


@pytest.mark.parametrize("error", [None, *map(example, classes())], ids=lambda e: type(e).__name__)
def test_an_outcome_arrives_as_it_was(error):
    reference = Reference("r:5000", "a/b", "1")
    outcome = Outcome(reference, reference, Status.FAILED, error=error)
    assert comparable(decode_outcome(encode(outcome))) == comparable(outcome)
    assert comparable(pickle.loads(pickle.dumps(outcome))) == comparable(outcome)
    assert SECRET.encode() not in encode(outcome)


def test_a_full_outcome_arrives_as_it_was():
    outcome = filled(Outcome)
    assert comparable(decode_outcome(encode(outcome))) == comparable(outcome)


def test_descriptors_keep_what_their_comparison_ignores():
    blob = Descriptor("m", DIGEST, 3, Platform("linux", "arm", "v7"), (), "type", {"a": "b"})
    event = events.BlobFound(blob, Reference("r", "a"))
    found = decode_event(encode(event))
    assert isinstance(found, events.BlobFound)
    assert found.blob.annotations == {"a": "b"}
    assert found.blob.artifact_type == "type"


def test_each_class_of_the_modules_of_events_is_an_event():
    defined = {
        value
        for module in (events, copy_events)
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    assert defined == set(EVENTS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"type": "LaterEvent"}',
        b'{"type": "RunEnded"}',
        encode(events.BlobFound(Descriptor("m", DIGEST, 3), Reference("r", "a"))).replace(
            b"sha256:", b"md5:"
        ),
    ],
)
def test_what_is_no_event_is_refused_in_a_sentence(content):
    with pytest.raises(ContentError, match="a record is not an event of this version"):
        decode_event(content)
