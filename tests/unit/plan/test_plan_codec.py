"""Plans as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reposync.decision import Action, BlobCounts, Decision
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.plan.codec import PlanError, decode, encode
from reposync.plan.document import Plan

REGISTRIES = ("docker.io", "example.com:5000", "example.com:5000/team", "oci:bundle.tar")
MADE_AT = datetime(2026, 11, 30, 12, 0, 1, 250, tzinfo=UTC)
CONFIG = Digest.of(b"config")

digests = st.none() | st.binary(max_size=4).map(Digest.of)
references = st.builds(
    Reference,
    registry=st.sampled_from(REGISTRIES),
    repository=st.sampled_from(["app", "library/alpine", "a/b/c"]),
    tag=st.sampled_from(["", "1.0", "latest"]),
    digest=digests,
).filter(lambda each: not str(each).startswith("example.com:5000/team/team"))
blobs = st.none() | st.builds(BlobCounts, st.integers(0), st.integers(0), st.integers(0))
decisions = st.builds(
    Decision,
    stage=st.text(max_size=8),
    rule=st.integers(0, 9),
    action=st.sampled_from(Action),
    source=references,
    destination=references,
    source_digest=digests,
    found_digest=digests,
    digest=digests,
    reason=st.text(max_size=20),
    bytes=st.none() | st.integers(0, 2**50),
    blobs=blobs,
)
plans = st.builds(
    Plan,
    made_at=st.just(MADE_AT),
    config_digest=st.just(CONFIG),
    decisions=st.lists(decisions, max_size=4).map(tuple),
    pulls=st.dictionaries(st.sampled_from(REGISTRIES), st.integers(0, 9)),
)


def plan(*decided, pulls=None):
    return Plan(MADE_AT, CONFIG, decided, pulls or {})


def decision(action=Action.COPY, **fields):
    source, destination = (
        Reference(host, "app", "1.0") for host in ("docker.io", "oci:bundle.tar")
    )
    return Decision("stage", action, source, destination, **fields)


@given(plans)
def test_a_plan_is_read_as_it_was_written(made):
    assert decode(encode(made), REGISTRIES) == made


def test_a_document_has_the_keys_that_are_promised():
    document = json.loads(encode(plan(decision(), decision(Action.SKIP), pulls={"docker.io": 2})))
    assert list(document)[:6] == [
        "format",
        "made_at",
        "config_digest",
        "counts",
        "pulls",
        "decisions",
    ]
    assert document["format"] == "reposync-plan/1"
    assert document["made_at"] == "2026-11-30T12:00:01.000250Z"
    assert document["counts"] == {"copy": 1, "skip": 1}
    assert document["decisions"][0] == {
        "stage": "stage",
        "action": "copy",
        "source": "docker.io/app:1.0",
        "source_digest": None,
        "destination": "oci:bundle.tar:app:1.0",
        "found_digest": None,
        "digest": None,
        "reason": "",
        "bytes": None,
        "blobs": None,
        "rule": 0,
    }


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"copy"', '"skip"', 2),
        lambda text: text.replace("app:1.0", "app:2.0"),
        lambda text: text.replace('"decisions_digest": "sha256:', '"decisions_digest": "sha512:'),
    ],
)
def test_a_plan_that_was_edited_is_refused(edit):
    edited = edit(encode(plan(decision())).decode()).encode()
    with pytest.raises(PlanError, match="edited"):
        decode(edited, REGISTRIES)


def test_a_plan_that_was_laid_out_anew_is_the_same_plan():
    made = plan(decision(digest=CONFIG))
    assert decode(json.dumps(json.loads(encode(made))).encode(), REGISTRIES) == made


@pytest.mark.parametrize("kept", [0, 1, 40, 200, -3])
def test_a_plan_that_is_cut_off_is_refused(kept):
    with pytest.raises(PlanError, match="cut off"):
        decode(encode(plan(decision()))[:kept], REGISTRIES)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[]", "not a plan"),
        (b"{}", "not a plan"),
        (b'{"format": "reposync-plan/2"}', "of the format 'reposync-plan/2'"),
    ],
)
def test_what_is_no_plan_is_refused(content, why):
    with pytest.raises(PlanError, match=why):
        decode(content, REGISTRIES)


def test_a_reference_of_another_registry_is_refused():
    with pytest.raises(PlanError, match="no registry of the file"):
        decode(encode(plan(decision())), ["docker.io"])
