"""A verification as a table, as JSON, and as the example of its page."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest
from tests.development import ROOT

from reposync.oci.digest import Digest
from reposync.oci.reference import Reference
from reposync.report.verification import render_verification
from reposync.report.verification_json import render_json, verification_schema
from reposync.verify.depth import Depth
from reposync.verify.findings import Flaw, Gap, Kind, Unchecked, Verdict
from reposync.verify.result import Results
from reposync.verify.sampling import Share

PAGE = (ROOT / "docs/how-to/operate/verify.md").read_text(encoding="utf-8")


def digest(number):
    return Digest(f"sha256:{number:012x}{0:052x}")


def image(tag, repository="hub/postgres"):
    return Reference("registry.example.com", repository, tag)


def verified(*verdicts, stage="mirror", share=None, unknown=()):
    results = Results([stage, "other"])
    for each in verdicts:
        results.add(stage, each)
    results.add_unchecked(unknown)
    return results.built(Depth.BLOBS, share or Share(), len(verdicts))


def right(tag):
    return Verdict(image(tag))


def lacking(tag, kind=Kind.MISSING_BLOB, number=1):
    return Verdict(image(tag), (Flaw(kind, digest(number)),))


def test_the_page_shows_what_is_written():
    shown = re.search(r"^```text\n(mirror\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    result = verified(
        *(right(tag) for tag in ("13.1", "14.1", "15.1", "17.1")),
        Verdict(image("16.4"), (Flaw(Kind.MISSING_BLOB, digest(0x39BACC2C37DF)),)),
        Verdict(image("16.5"), (Flaw(Kind.MISSING_BLOB, digest(0x39BACC2C37DF)),)),
        Verdict(image("17.2"), (Flaw(Kind.MISSING_TAG, digest(0x408ABE6288E2)),)),
    )
    assert render_verification(result) == shown[1]


def test_where_all_is_right_it_is_counted():
    assert render_verification(verified(right("1"), right("2"))) == (
        "mirror\n  registry.example.com/hub/postgres: 2 right\n\n"
        "0 differences, 2 of 2 images right (depth blobs)\n"
    )


def test_nothing_selected_is_said_in_a_line():
    assert render_verification(verified()) == "0 differences, 0 of 0 images right (depth blobs)\n"


def test_what_is_kept_left_out_and_unchecked_is_counted_apart():
    result = verified(
        right("1"),
        Verdict(image("2"), kept="it is kept"),
        Verdict(image("3"), left_out="it is for linux/s390x"),
        Verdict(image("4"), (Gap("cannot look up tag 4: no answer"),)),
        Verdict(image("5"), (Flaw(Kind.MISSING_BLOB, digest(1)), Gap("cannot read blob"))),
    )
    assert [tally.counts for tally in result.tallies] == [
        {"right": 1, "kept": 1, "left out": 1, "unchecked": 2}
    ]
    text = render_verification(result)
    assert "1 right, 1 kept, 1 left out, 2 unchecked\n" in text
    assert text.splitlines()[-1] == (
        "1 difference, 2 unchecked, 1 of 5 images right, 1 kept, 1 left out (depth blobs)"
    )


def test_what_one_cause_kept_from_it_is_one_entry():
    verdicts = [
        Verdict(image(tag), (Gap(f"cannot look up the image: HEAD /v2/app/manifests/{tag}: no"),))
        for tag in ("a", "b", "c")
    ]
    text = render_verification(verified(*verdicts))
    assert text.count("unchecked: ") == 1
    assert "unchecked: registry.example.com/hub/postgres:a and 2 more: cannot look up" in text


def test_a_table_fits_the_width_of_a_terminal():
    long = "tag-" * 30
    place = Reference("registry.example.com", "team/" + "repository-" * 9, long)
    flaws = tuple(Flaw(kind, digest(1)) for kind in Kind)
    gap = Gap("cannot read blob: " + "the registry answered with a long sentence " * 5)
    text = render_verification(verified(Verdict(place, (*flaws, gap))), 80)
    table = text.partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert all(kind.value in table for kind in Kind)


def test_each_kind_of_difference_has_a_hint():
    for kind in Kind:
        assert "\nhint: " in render_verification(verified(lacking("1", kind)))


def test_the_share_is_named():
    text = render_verification(verified(right("1"), share=Share(2, 10)))
    assert text.endswith("(depth blobs, share 2 of 10)\n")


def test_a_name_from_a_registry_cannot_draw_on_a_terminal():
    text = render_verification(verified(Verdict(image("1"), (Gap("\x1b[2Jgone\n"),))))
    assert "\x1b" not in text


def test_json_holds_whole_digests_in_the_order_of_the_file_then_by_name():
    unknown = [Unchecked("mirror", image("", "a"), "cannot be listed")]
    result = verified(
        lacking("b"), lacking("a"), Verdict(image("c"), (Gap("no"),)), unknown=unknown
    )
    document = json.loads(render_json(result))
    assert document == {
        "format": "reposync-verify/1",
        "differences": [
            {
                "stage": "mirror",
                "destination": f"registry.example.com/hub/postgres:{tag}",
                "difference": "missing_blob",
                "digest": digest(1),
            }
            for tag in "ab"
        ],
        "unchecked": [
            {"destination": "registry.example.com/a", "reason": "cannot be listed"},
            {"destination": "registry.example.com/hub/postgres:c", "reason": "no"},
        ],
    }
    jsonschema_rs.validator_for(verification_schema()).validate(document)


@pytest.mark.parametrize("change", [{"format": "other"}, {"differences": [{"difference": "x"}]}])
def test_the_schema_refuses_what_is_not_written(change):
    document = json.loads(render_json(verified(lacking("a"))))
    assert not jsonschema_rs.validator_for(verification_schema()).is_valid(document | change)


def test_the_order_of_stages_is_that_of_the_file():
    results = Results(["z", "a"])
    results.add("a", lacking("1"))
    results.add("z", lacking("2"))
    built = results.built(Depth.TAGS, Share(), 2)
    assert [each.stage for each in built.differences] == ["z", "a"]
    assert [each.stage for each in built.tallies] == ["z", "a"]
