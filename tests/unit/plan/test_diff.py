"""Decisions: every action with its reason, from what was observed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from reposync.copy.copy_rule import CopyRule
from reposync.copy.overwrite import Overwrite, OverwriteRule
from reposync.copy.platforms import PlatformMode, PlatformRule
from reposync.oci.annotations import LACKING
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest
from reposync.oci.media_type import OCI_INDEX, OCI_MANIFEST
from reposync.oci.platform import Platform
from reposync.oci.reference import Reference
from reposync.plan.comparison import judge
from reposync.plan.desired import Desired
from reposync.plan.diff import decide
from reposync.plan.observed import Observed
from reposync.selection.pattern import parse_tag_pattern
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from reposync.decision import Decision

OLD, NEW, OTHER, MADE = (Digest.of(each.encode()) for each in ("old", "new", "other", "made"))
SHA512 = Digest.of(b"new", "sha512")
AT = datetime(2026, 1, 2, tzinfo=UTC)
OURS = SyncRecord(OLD, "", OLD, AT, "s", "hub/app:1")
FOUND = SyncRecord(OLD, "", OLD)
STRIP = PlatformRule((Platform("linux", "amd64"),))
SPARSE = PlatformRule((Platform("linux", "amd64"),), PlatformMode.SPARSE)


def decided(rule: CopyRule | None = None, tag: str = "1", **observed: Any) -> Decision:
    there = Reference("there", "app", tag) if tag else Reference("there", "app", "", NEW)
    desired = Desired("s", Reference("hub", "app", tag or "", None), there, rule or CopyRule(), 2)
    return decide(desired, Observed(**observed))


MOVES: dict[str, Any] = {"source_digest": NEW, "found_digest": OLD, "digest": NEW}


@pytest.mark.parametrize(
    ("observed", "action", "reason"),
    [
        ({"error": "no answer", "is_made": True}, "error", "no answer"),
        ({"source_digest": NEW}, "copy", "the tag is new"),
        ({"source_digest": NEW, "record": OURS}, "copy", "the tag is new"),
        ({"source_digest": NEW, "found_digest": NEW, "is_made": True}, "up_to_date", ""),
        (
            {"source_digest": NEW, "found_digest": NEW, "is_made": True, "lacks": "an SBOM"},
            "complete",
            "an SBOM",
        ),
        ({"source_digest": NEW, "found_digest": NEW}, "complete", "parts of it are missing"),
        (MOVES, "move", f"moved: was {OLD.short}, is {NEW.short}"),
        (
            MOVES | {"record": OURS},
            "move",
            f"moved: was {OLD.short}, is {NEW.short} since the last run",
        ),
        (
            MOVES | {"record": FOUND},
            "move",
            f"moved: was {OLD.short}, is {NEW.short} since the last run",
        ),
        (
            MOVES | {"found_digest": OTHER, "record": OURS},
            "conflict",
            (
                f"somebody else moved 1: it was set to {OLD.short}, is {OTHER.short}; "
                f"the source has {NEW.short}"
            ),
        ),
        (
            MOVES | {"found_digest": OTHER, "record": FOUND},
            "move",
            f"moved: was {OTHER.short}, is {NEW.short} since the last run",
        ),
        (
            MOVES | {"record": SyncRecord(NEW, "strip:linux/amd64", OLD)},
            "move",
            f"the rule makes another image of it: was {OLD.short}",
        ),
    ],
)
def test_what_was_observed_decides(observed: dict[str, Any], action: str, reason: str):
    decision = decided(**observed)
    assert (decision.action.value, decision.reason) == (action, reason)
    assert (decision.stage, decision.rule) == ("s", 2)
    assert decision.source_digest == observed.get("source_digest")
    assert decision.found_digest == observed.get("found_digest")


def test_an_image_without_a_tag_is_new():
    assert decided(tag="", source_digest=NEW).reason == "it is new"


@pytest.mark.parametrize(
    ("overwrite", "reason"),
    [
        (OverwriteRule(Overwrite.NEVER), "is never overwritten"),
        (OverwriteRule(Overwrite.IF_MUTABLE, (parse_tag_pattern("1"),)), "is immutable"),
        (OverwriteRule(is_origin=True), "this run copies from it"),
    ],
)
def test_a_tag_that_must_stay_is_skipped_even_when_somebody_else_moved_it(
    overwrite: OverwriteRule, reason: str
):
    for observed in (MOVES, MOVES | {"found_digest": OTHER, "record": OURS}):
        decision = decided(CopyRule(overwrite=overwrite), **observed)
        assert decision.action.value == "skip"
        assert decision.reason.endswith(reason)


def test_a_whole_index_in_the_place_of_a_stripped_one_is_moved_unless_it_must_stay():
    same = {"source_digest": NEW, "found_digest": NEW}
    assert decided(CopyRule(STRIP), **same).action.value == "move"
    never = CopyRule(STRIP, overwrite=OverwriteRule(Overwrite.NEVER))
    assert decided(never, **same).action.value == "skip"
    assert decided(CopyRule(SPARSE), **same).action.value == "complete"


def image(digest: Digest, **annotations: str) -> Descriptor:
    return Descriptor(OCI_MANIFEST, digest, 10, annotations=annotations)


def index(digest: Digest) -> Descriptor:
    return Descriptor(OCI_INDEX, digest, 10)


@pytest.mark.parametrize(
    ("rule", "root", "found", "record", "verdict"),
    [
        (CopyRule(), image(NEW), None, None, False),
        (CopyRule(), image(NEW), image(NEW), None, True),
        (CopyRule(), image(NEW), image(OLD), None, False),
        (CopyRule(), index(NEW), index(NEW), None, True),
        (CopyRule(), image(NEW), image(NEW, **{LACKING: "x"}), None, False),
        (CopyRule(may_be_sparse=True), index(NEW), index(NEW), None, None),
        (CopyRule(may_be_sparse=True), image(NEW), image(NEW), None, True),
        (CopyRule(), image(SHA512), image(NEW), None, None),
        (CopyRule(STRIP), image(NEW), image(NEW), None, True),
        (CopyRule(STRIP), index(NEW), index(NEW), None, None),
        (CopyRule(STRIP), index(NEW), index(MADE), SyncRecord(NEW, STRIP.form, MADE), True),
        (CopyRule(STRIP), index(OTHER), index(MADE), SyncRecord(NEW, STRIP.form, MADE), False),
        (CopyRule(SPARSE), index(NEW), index(MADE), SyncRecord(NEW, STRIP.form, MADE), False),
        (CopyRule(STRIP), index(NEW), index(OTHER), SyncRecord(NEW, STRIP.form, MADE), None),
        (CopyRule(), index(NEW), index(NEW), SyncRecord(NEW, SPARSE.form, NEW), False),
        (CopyRule(), image(SHA512), image(NEW), SyncRecord(SHA512, "", NEW), True),
        (CopyRule(), image(SHA512), image(NEW), SyncRecord(NEW, "", NEW), None),
    ],
)
def test_digests_and_the_ledger_judge_what_a_tag_names_as_far_as_they_can(
    rule: CopyRule,
    root: Descriptor,
    found: Descriptor | None,
    record: SyncRecord | None,
    verdict: object,
):
    assert judge(rule, root, found, record) is verdict
