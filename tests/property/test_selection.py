"""For any lines and tags: the selection follows the rules, and its explanation is true."""

from __future__ import annotations

import fnmatch
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reposync.oci.referrers import is_digest_tag
from reposync.selection.choose import choose, needs_times, wants_list
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.explain import explain
from reposync.selection.glob import TAG, compile_glob
from reposync.selection.only import parse_only
from reposync.selection.parsing import parse
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.range_text import parse_range
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.selectors import Keep, KeepLatest, KeepNewer, Named, Pinned
from reposync.selection.tag_template import parse_tag_template
from reposync.selection.template import parse_template
from reposync.selection.version import order, parse_version

if TYPE_CHECKING:
    from reposync.selection.version import Version

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HEX = "0123456789abcdef" * 4
NUMBERS = st.lists(st.integers(0, 3) | st.integers(0, 10**9), min_size=1, max_size=4)
RELEASES = NUMBERS.map(lambda numbers: ".".join(map(str, numbers)))
WORDS = st.sampled_from(
    ["", "", "rc1", "-rc1", "-rc2", "-alpha.2", "-alpine", "-alpine3.19", "-r2", "_8", "-slim-dev"]
)
VERSIONS = st.builds(
    lambda v, release, *words: v + release + "".join(words),
    st.sampled_from(["", "v"]),
    RELEASES,
    WORDS,
    WORDS,
)
LEGAL_TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,12}", fullmatch=True)
DIGEST_TAGS = st.sampled_from([f"sha256-{HEX}", f"sha256-{HEX}.sig", f"sha256-{HEX}.any"])
SMALL = st.sampled_from(["1.0", "1.1", "1.1-alpine", "2.0", "2.0-rc1", "latest", "a", "20240101"])
TAGS = st.one_of(SMALL, VERSIONS, LEGAL_TAGS, DIGEST_TAGS)
LISTS_OF_TAGS = st.lists(TAGS, max_size=12)

OPERATORS = st.sampled_from(["", "<", "<=", "=", "!=", ">=", ">", "^", "~"])
RANGES = st.builds(str.__add__, OPERATORS, RELEASES).map("semver: {}".format)
PATTERNS = st.sampled_from([".*", "1.*", "!1.*", ".*-alpine", "a|b", "[0-9.]+", "!latest"])
GLOBS = st.sampled_from(["*", "1.*", "?.?", "[!1]*", "{1,2}.0", "latest"])
NAMING_LINES = st.one_of(
    TAGS,
    st.just(f"sha256:{HEX}"),
    SMALL.map(f"{{}}@sha256:{HEX}".format),
    SMALL.map(f"{{}}@sha256:{'0' * 64}".format),
)
TAKING_LINES = st.one_of(RANGES, PATTERNS.map("regex: {}".format), GLOBS.map("glob: {}".format))
KEEP_LINES = st.one_of(
    PATTERNS.map("keep: {}".format),
    st.integers(1, 4).map("keep: latest {}".format),
    st.integers(1, 4).map("keep: latest {} per variant".format),
    st.integers(1, 9).map("keep: newer {}d".format),
)


def selectors(lines, max_size=3):
    return st.lists(lines, max_size=max_size).map(lambda found: [parse(line) for line in found])


NAMING = selectors(NAMING_LINES)
TAKING = selectors(TAKING_LINES)
KEEPING = selectors(KEEP_LINES)
SELECTORS = selectors(st.one_of(NAMING_LINES, TAKING_LINES, KEEP_LINES), max_size=6)
AGES = st.none() | st.integers(0, 12) | st.just(20_000)
TIMES = st.dictionaries(TAGS, AGES).map(
    lambda ages: {
        tag: None if age is None else NOW - timedelta(days=age) for tag, age in ages.items()
    }
)
PIECES = st.sampled_from(
    [
        *("regex:", "glob:", "semver:", "keep:", " ", "!", "latest", "newer", "90d", "per variant"),
        *("1", "1.2", "x", ">=", "<", "||", ",", "-", "*", "**", "?", "[", "]", "{", "}", "(", ")"),
        *("a", "/", ":", "@", "sha256:", "\\", "\\1", "(?=", "(?P<a>", "+", "|", "^", "\ud800"),
        *("\0", "\n", "é", "9" * 5000, "{999}", "basename", "=", "~", "_", "."),
    ]
)
TEXTS = st.text() | st.lists(PIECES, max_size=12).map("".join)


def names(images):
    return {image.name for image in images}


@given(SELECTORS, LISTS_OF_TAGS, TAGS, st.none() | TIMES)
def test_an_explanation_never_contradicts_the_choice(chosen_by, tags, tag, created):
    images = choose(chosen_by, tags, created=created, now=NOW)

    for asked in {tag, *tags, f"sha256:{HEX}", f"sha256:{'0' * 64}"}:
        explanation = explain(chosen_by, tags, asked, created=created, now=NOW)

        assert explanation.taken is any(asked in {image.name, image.tag} for image in images)
        assert explanation.steps
        effects = [step.effect for step in explanation.steps]
        assert explanation.taken is ("includes it" in effects and "excludes it" not in effects)


@given(NAMING, TAKING, TAKING, LISTS_OF_TAGS)
def test_a_rule_more_takes_nothing_away(naming, some, more, tags):
    assume(naming or some)

    assert names(choose([*naming, *some], tags)) <= names(choose([*naming, *some, *more], tags))


@given(NAMING, TAKING, KEEPING, LISTS_OF_TAGS, TIMES)
def test_keep_lines_take_nothing_in(naming, taking, keeping, tags, created):
    lines = [*naming, *taking]

    chosen = names(choose([*lines, *keeping], tags, created=created, now=NOW))

    assert chosen <= names(choose(lines, tags))


@given(SELECTORS, LISTS_OF_TAGS, TIMES, st.randoms())
def test_neither_order_nor_repetition_of_the_source_s_tags_counts(chosen_by, tags, created, chance):
    shuffled = tags + tags[:2]
    chance.shuffle(shuffled)

    expected = choose(chosen_by, tags, created=created, now=NOW)
    assert choose(chosen_by, shuffled, created=created, now=NOW) == expected


@given(SELECTORS, LISTS_OF_TAGS, TIMES)
def test_what_is_named_always_comes(chosen_by, tags, created):
    images = choose(chosen_by, tags, created=created, now=NOW)

    named = {it.tag for it in chosen_by if isinstance(it, Named | Pinned)} - {""}
    assert named <= {image.tag for image in images}


@given(SELECTORS, LISTS_OF_TAGS)
def test_no_tag_of_the_destination_is_meant_twice(chosen_by, tags):
    given_tags = [image.tag for image in choose(chosen_by, tags) if image.tag]

    assert len(given_tags) == len(set(given_tags))


@given(SELECTORS, LISTS_OF_TAGS)
def test_only_a_name_or_an_empty_list_selects_a_digest_tag(chosen_by, tags):
    assume(chosen_by)
    named = {it.tag for it in chosen_by if isinstance(it, Named | Pinned)}

    found = names(choose(chosen_by, tags)) - named

    assert not any(is_digest_tag(tag) for tag in found)


@given(SELECTORS, LISTS_OF_TAGS)
def test_where_no_list_is_wanted_the_source_s_tags_do_not_count(chosen_by, tags):
    assert wants_list(chosen_by) or choose(chosen_by, tags) == choose(chosen_by, ())


@given(SELECTORS, LISTS_OF_TAGS, TIMES)
def test_times_that_are_not_asked_for_do_not_count(chosen_by, tags, created):
    asked = needs_times(chosen_by, choose(chosen_by, tags))
    some = {tag: time for tag, time in created.items() if tag in asked}

    expected = choose(chosen_by, tags, created=created, now=NOW)
    assert choose(chosen_by, tags, created=some, now=NOW) == expected


def version(tag):
    found = parse_version(tag)
    assume(found is not None)
    return cast("Version", found)


@given(st.lists(TAGS, unique=True), st.integers(1, 5))
def test_latest_leaves_just_so_many(tags, count):
    images = choose([parse(f"keep: latest {count}")], tags)

    there = [tag for tag in tags if not is_digest_tag(tag)]
    assert len(images) == min(count, len(there))


@given(st.lists(TAGS | st.text(max_size=200), unique=True))
def test_all_tags_have_one_order(tags):
    keys = [order(tag) for tag in tags]

    assert sorted(keys, reverse=True) == sorted(keys)[::-1]
    assert len(set(keys)) == len(tags)


@given(VERSIONS, VERSIONS, RELEASES)
def test_a_release_is_below_a_bound_or_in_it_or_above_and_the_order_agrees(one, other, bound):
    includes = {
        text: parse_range(text + bound).includes for text in ("<", "<=", "=", "!=", ">=", ">")
    }
    small, large = map(version, sorted([one, other], key=order))
    assume(not small.pre and not large.pre)
    assume(small.is_serial is large.is_serial is version(bound).is_serial)

    assert [includes[text](small) for text in ("<", "=", ">")].count(True) == 1
    assert includes["<="](small) is (includes["<"](small) or includes["="](small))
    assert includes[">="](small) is (includes[">"](small) or includes["="](small))
    assert includes["!="](small) is not includes["="](small)
    assert includes[">"](large) or not includes[">"](small)
    assert includes[">="](large) or not includes[">="](small)


@given(SELECTORS)
def test_the_text_of_a_selector_means_the_selector(chosen_by):
    assert [parse(it.text) for it in chosen_by] == chosen_by
    assert all(
        isinstance(it, Keep | KeepLatest | KeepNewer) is it.text.startswith("keep:")
        for it in chosen_by
    )


def refusal(read, text):
    try:
        read(text)
    except InvalidSelectorError as error:
        return error
    return None


@pytest.mark.parametrize(
    "read",
    [
        parse,
        parse_tag_pattern,
        parse_range,
        parse_repository_pattern,
        parse_template,
        parse_tag_template,
        parse_only,
    ],
)
@given(TEXTS)
def test_a_text_can_be_read_or_is_refused_in_two_sentences(read, text):
    error = refusal(read, text)

    assert error is None or (str(error).isprintable() and error.hint and error.hint.isprintable())


@given(
    st.lists(st.sampled_from(["a", "b", "1", ".", "-", "*", "?", "[ab]", "[!a1]", "[0-9]"])),
    st.text("ab1.-", max_size=8),
)
def test_a_glob_fits_what_shells_say_it_fits(pieces, tag):
    text = "".join(pieces)
    assume(text)

    assert compile_glob(text, TAG).matches(tag) is fnmatch.fnmatchcase(tag, text)


@given(
    st.lists(
        st.sampled_from(["a", "b", "/", "*", "**", "?", "[ab]", "[!a]", "{a,b/a}"]), min_size=1
    ),
    st.from_regex(r"[ab]{1,2}(/[ab]{1,2}){0,2}", fullmatch=True),
)
def test_what_a_glob_of_repositories_fits_begins_with_its_prefix(pieces, name):
    try:
        pattern = parse_repository_pattern("".join(pieces))
    except InvalidSelectorError:
        return

    assert pattern.match(name) is None or name.startswith(pattern.prefix)


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "b",
                "/",
                ".",
                "*",
                "?",
                "+",
                "{0,1}",
                "[ab]",
                "(a|b)",
                "|",
                "^",
                "$",
                "\\-",
                "(?i)",
                "(?P<x>a)",
            ]
        ),
        min_size=1,
    ),
    st.from_regex(r"[ab-]{1,3}(/[ab-]{1,2}){0,2}", fullmatch=True),
)
def test_what_an_expression_fits_begins_with_its_prefix(pieces, name):
    try:
        pattern = parse_repository_pattern("regex: " + "".join(pieces))
    except InvalidSelectorError:
        return

    assert pattern.match(name) is None or name.startswith(pattern.prefix)


@given(
    st.lists(st.sampled_from(["a", "x-", "/", "{parent}", "{basename}", "{repository}"])),
    st.from_regex(r"[ab]{1,2}(/[ab]{1,2}){0,2}", fullmatch=True),
)
def test_a_template_gives_no_empty_parts(pieces, source):
    try:
        name = parse_template("".join(pieces)).fill(source)
    except InvalidSelectorError:
        return

    assert not re.search(r"^/|//|/$", name)
