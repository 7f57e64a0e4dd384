"""What a list of lines asks for, how a choice is explained, and what patterns give beside a match.

Which tags lines mean is in docs/reference/selecting.md, and asked for by test_page.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from reposync.oci.digest import Digest
from reposync.oci.referrers import is_digest_tag
from reposync.selection.choose import Image, choose, needs_times, wants_list
from reposync.selection.explain import Step, explain
from reposync.selection.only import parse_only
from reposync.selection.parsing import parse, parse_named
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.regex import compile_expression
from reposync.selection.repositories import is_pattern, parse_repository_pattern
from reposync.selection.selectors import KeepLatest, KeepNewer, Named, Pinned
from reposync.selection.template import parse_template

DIGEST = Digest(f"sha256:{'58f1' * 16}")
OTHER = Digest(f"sha256:{'9c2d' * 16}")
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def lines(*texts):
    return tuple(map(parse, texts))


def only_step(selectors, tags, tag, **times):
    (step,) = explain(selectors, tags, tag, **times).steps
    return step


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ((), True),
        (("1.0",), False),
        (("1.0", DIGEST, f"v9@{DIGEST}"), False),
        (("1.0", "keep: latest 5"), False),
        (("1.0", "glob: *"), True),
        (("regex: a",), True),
        (("semver: 1",), True),
        (("keep: latest 5",), True),
    ],
)
def test_a_source_is_asked_for_its_tags_only_where_a_rule_or_no_name_stands(texts, wanted):
    assert wants_list(lines(*texts)) is wanted


def test_times_are_wanted_only_of_what_the_other_lines_leave():
    selectors = lines("1.0", DIGEST, "regex: .*", "keep: newer 90d", "keep: latest 2")

    images = choose(selectors, ["1.0", "1.1", "1.2", "1.3"])

    assert needs_times(selectors, images) == ("1.2", "1.3")
    assert needs_times(lines("regex: .*"), images) == ()


def test_no_times_are_wanted_of_what_has_a_name_of_its_own():
    selectors = (parse_named("1.0", ["stable"]), *lines("glob: *", "keep: newer 90d"))

    assert needs_times(selectors, choose(selectors, ["1.0", "1.1"])) == ("1.1",)


def test_ages_without_the_time_from_which_they_count_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="ages need the current time"):
        choose((), (), created={})


def test_an_image_by_digest_alone_gets_no_tag():
    assert choose(lines(DIGEST, f"v9@{OTHER}", "1.0"), ()) == (
        Image(DIGEST, ""),
        Image(OTHER, "v9"),
        Image("1.0", "1.0"),
    )


def test_what_is_named_keeps_the_order_of_the_file_and_comes_first():
    images = choose(lines("2.0", "1.0", "regex: .*"), ["b", "a", "1.0"])

    assert [image.tag for image in images] == ["2.0", "1.0", "a", "b"]


@pytest.mark.parametrize("text", ["regex: !a", "regex:!a", "  regex:  ! a ", "regex : !a"])
def test_spaces_around_the_parts_of_a_line_do_not_count(text):
    assert choose([parse(text)], ["a", "b"]) == (Image("b", "b"),)


def test_lines_are_values():
    assert parse("1.0") == Named("1.0")
    assert parse(f"v9@{DIGEST}") == Pinned(DIGEST, "v9")
    per_variant = parse("keep: latest 5 per variant")
    assert per_variant == KeepLatest("keep: latest 5 per variant", 5, per_variant=True)
    assert parse("keep: latest 3") == KeepLatest("keep: latest 3", 3)
    assert parse("keep: newer 2w") == KeepNewer("keep: newer 2w", 14 * 86400)
    assert parse("regex: a") == parse("regex: a")
    assert parse("regex: a") != parse("regex: !a")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (f"sha256-{'0' * 64}", True),
        (f"sha256-{'0' * 64}.sig", True),
        (f"sha256-{'0' * 64}.sbom", True),
        (f"sha256-{'0' * 64}-cosign", True),
        (f"sha512-{'0' * 64}", True),
        (f"sha256-{'0' * 63}", False),
        (f"sha256-{'0' * 65}", False),
        ("sha256-latest", False),
    ],
)
def test_a_tag_that_names_a_whole_digest_is_a_digest_tag(tag, expected):
    assert is_digest_tag(tag) is expected


def test_an_explanation_goes_line_by_line_until_the_tag_is_out():
    selectors = lines("latest", "keep: latest 1", "regex: 2.*", "semver: 1.x", "keep: !.*-slim")

    assert explain(selectors, ["1.0", "1.1", "2.0"], "1.1").steps == (
        Step(2, "does not match", "the tag does not match"),
        Step(3, "includes it", "version 1.1 is in the range"),
        Step(4, "keeps it", "the tag does not match, and `!` inverts the line"),
        Step(1, "excludes it", "it is number 2 of 3, and 1 are kept"),
    )


@pytest.mark.parametrize(
    ("texts", "tag", "step"),
    [
        ((), "1.0", Step(None, "includes it", "there is no line, so every tag is selected")),
        ((), "9", Step(None, "does not match", "the source has no such tag, and no line names it")),
        (("1.0",), "1.0", Step(0, "includes it", "it is named")),
        (("1.0",), "2.0", Step(None, "does not match", "no line names it")),
        (
            ("keep: newer 1d",),
            f"sha256-{'0' * 64}",
            Step(None, "does not match", "it is a digest tag, and is copied with its image"),
        ),
        ((DIGEST,), DIGEST, Step(0, "includes it", "it is named with its digest")),
        ((f"v9@{DIGEST}",), "v9", Step(0, "includes it", "it is named with its digest")),
        ((f"v9@{DIGEST}",), DIGEST, Step(0, "includes it", "it is named with its digest")),
        (
            (f"v9@{DIGEST}", f"v9@{OTHER}"),
            OTHER,
            Step(1, "does not match", "an earlier line gives another digest"),
        ),
        (("regex: 1",), "1.0", Step(0, "does not match", "only a part of the tag matches")),
        (("regex: 1.*",), "1.0", Step(0, "includes it", "the whole tag matches")),
        (("semver: 1",), "latest", Step(0, "does not match", "it is not a version")),
        (("semver: 2",), "1.0", Step(0, "does not match", "version 1.0 is not in the range")),
        (
            ("semver: >=1",),
            "1.0-rc1",
            Step(0, "does not match", "version 1.0 is a pre-release, and the range names none"),
        ),
        (
            ("semver: >=1",),
            "20240101",
            Step(
                0,
                "does not match",
                "version 20240101 is a date or build number, and the range names none",
            ),
        ),
        (
            ("semver: >=1",),
            "1.0-alpine",
            Step(0, "includes it", "version 1.0, variant `alpine`, is in the range"),
        ),
    ],
)
def test_a_step_says_what_happens_and_why(texts, tag, step):
    tags = ["1.0", "2.0", "latest", "1.0-rc1", "20240101", "1.0-alpine", f"sha256-{'0' * 64}"]

    assert only_step(lines(*texts), tags, tag) == step


def test_a_tag_that_is_named_and_pinned_is_explained_by_both_lines():
    assert explain(lines("v9", f"v9@{DIGEST}"), (), "v9").steps == (
        Step(0, "includes it", f"it is named, and another line gives {DIGEST}"),
        Step(1, "includes it", "it is named with its digest"),
    )


@pytest.mark.parametrize(
    ("created", "effect", "why"),
    [
        (None, "is not applied yet", "its creation time is not known yet"),
        ({}, "keeps it", "it has no plausible creation time"),
        (
            {"1.0": datetime(1970, 1, 1, tzinfo=UTC)},
            "keeps it",
            "it has no plausible creation time",
        ),
        ({"1.0": NOW - timedelta(hours=5)}, "keeps it", "it is 5 hours old"),
        ({"1.0": NOW - timedelta(days=99)}, "excludes it", "it is 99 days old"),
    ],
)
def test_an_age_is_explained(created, effect, why):
    steps = explain(lines("keep: newer 90d"), ["1.0"], "1.0", created=created, now=NOW).steps

    assert steps[1].effect == effect
    assert why in steps[1].why


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("1.0", "it is number 2 of 2 of those without a variant, and 1 are kept"),
        ("1.1-slim", "it is number 1 of 1 of variant `slim`, and 1 are kept"),
        ("edge", "it is number 1 of 1 of the tags that are not versions, and 1 are kept"),
    ],
)
def test_a_place_among_its_variant_is_explained(tag, why):
    tags = ["1.0", "1.1", "1.1-slim", "edge"]

    assert explain(lines("keep: latest 1 per variant"), tags, tag).steps[1].why == why


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("team/app", False),
        ("team/*", True),
        ("team/app?", True),
        ("{a,b}/c", True),
        ("[ab]", True),
        ("regex: team", True),
        (" regex:team", True),
    ],
)
def test_a_pattern_of_repositories_is_told_from_a_name(text, pattern):
    assert is_pattern(text) is pattern


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("team/*", "team/"),
        ("team/app", "team/app"),
        ("**", ""),
        ("{a,b}/c", ""),
        ("regex: team/(?P<app>.+)", "team/"),
        ("regex: ^team/a?b", "team/"),
        (r"regex: a\.b\.?c", "a.b"),
        ("regex: ab+c", "ab"),
        ("regex: ab{2}", "a"),
        ("regex: a/.*|b/.*", ""),
        ("regex: (?i)team", ""),
    ],
)
def test_a_pattern_tells_what_all_its_repositories_begin_with(text, prefix):
    assert parse_repository_pattern(text).prefix == prefix


def test_named_groups_are_told_and_found():
    pattern = parse_repository_pattern("regex: (?P<team>[a-z]+)/(?P<app>[a-z]+)(/(?P<rest>.+))?")

    assert pattern.groups == ("team", "app", "rest")
    assert pattern.match("shop/web") == {"team": "shop", "app": "web", "rest": ""}
    assert pattern.match("web") is None


def test_a_template_tells_its_placeholders():
    template = parse_template("mirror/{app}-{ basename }", ["app"])

    assert template.placeholders == ("app", "basename")
    assert template.fill("team/web", {"app": "shop"}) == "mirror/shop-web"
    assert parse_template("mirror/web").placeholders == ()


@pytest.mark.parametrize(
    ("text", "repository", "tag", "wanted"),
    [
        ("team/*", "team/app", "1.0", True),
        ("team/*", "team/app", DIGEST, True),
        ("team/*", "other/app", "1.0", False),
        ("team/*:1.*", "team/app", "1.0", True),
        ("team/*:1.*", "team/app", "2.0", False),
        ("team/*:1.*", "other/app", "1.0", False),
        ("**:latest", "a/b/c", "latest", True),
        (f"team/app@{DIGEST}", "team/app", DIGEST, True),
        ("team/app:sha256:58*", "team/app", DIGEST, True),
    ],
)
def test_only_means_repositories_and_perhaps_tags(text, repository, tag, wanted):
    only = parse_only(text)

    assert only.matches(repository, tag) is wanted
    assert only.may_match(repository) or not wanted


@pytest.mark.parametrize(
    ("text", "tag", "wanted"),
    [
        ("v*", "v1", True),
        ("v*", "1", False),
        ("1.0", "1.0", True),
        ("1.0", "1x0", False),
        ("regex: v[0-9]+", "v12", True),
        ("regex: v[0-9]+", "v12-rc1", False),
        ("regex: !.*-rc.*", "v12-rc1", False),
        (f"sha256-{'0' * 64}*", f"sha256-{'0' * 64}.sig", True),
    ],
)
def test_a_pattern_of_tags_is_a_glob_or_an_expression(text, tag, wanted):
    assert parse_tag_pattern(text).matches(tag) is wanted


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["regex: (a+)+$", "regex: (a|a)*b", "regex: (.*)*c", f"glob: {'*a' * 60}b"]
)
def test_a_nasty_expression_ends(text):
    assert choose([parse(text)], ["a" * 127 + "x"]) == ()


def test_memory_of_an_expression_is_bounded_and_it_still_answers():
    expression = compile_expression("(a|b)*a(a|b){100}")

    assert expression.matches("ba" * 60 + "a" + "ab" * 50)


def test_the_expressions_library_is_loaded_with_the_first_expression():
    code = (
        "import sys; from reposync.selection.parsing import parse; parse('1.0'); "
        "parse('semver: 1'); assert 're2' not in sys.modules; "
        "parse('regex: a'); assert 're2' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
