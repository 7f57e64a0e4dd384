"""For any tags, lines and templates: names are valid, and no two images share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.test_selection import LISTS_OF_TAGS, TAGS, selectors

from reposync.errors import ConflictError, InvalidReferenceError
from reposync.oci.reference import Reference, is_tag
from reposync.oci.referrers import is_digest_tag
from reposync.selection.choose import Image, choose
from reposync.selection.explain import explain
from reposync.selection.naming import destination_tag, groups_of
from reposync.selection.parsing import parse, parse_named
from reposync.selection.tag_template import parse_tag_template
from reposync.sync.collisions import without_collisions
from reposync.sync.select import select
from reposync.sync.stages import Place, Rule

SOURCE = Reference("hub", "a")
PLACES = [Place("there", Reference(host, "b")) for host in ("one", "two")]
ANY_TAG = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True)
NAMES = st.lists(st.sampled_from(["edge", "main", "1.0", "a", "latest"]), min_size=1, max_size=2)
LINES = st.one_of(
    st.sampled_from(
        ["glob: *", "semver: *", r"regex: v?(?P<n>\d+)\..*", "regex: (?P<n>.+)-(?P<m>.*)", "1.1"]
    ).map(parse),
    st.sampled_from([f"1.0@sha256:{'0' * 64}", f"sha256:{'1' * 64}"]).map(parse),
    st.builds(parse_named, st.sampled_from(["1.0", "1.1", "latest"]), NAMES),
)
SELECTORS = st.lists(LINES, max_size=3)
TEMPLATES = st.lists(
    st.sampled_from(
        ["{tag}", "{version.major}", "{version.minor}", "{version.patch}", "{variant}", "x", "-"]
    ),
    max_size=3,
).map(lambda pieces: f"x{''.join(pieces)}")


def named(template, lines, tag):
    """Return the name of *tag*, or why it has none."""
    try:
        return destination_tag(template, lines, Image(tag, tag)), None
    except InvalidReferenceError as error:
        return "", error


@given(ANY_TAG | TAGS, TEMPLATES | st.sampled_from(["{n}", "{tag}", "{variant}", "{m}.{n}"]))
def test_a_template_makes_a_legal_tag_of_any_tag_or_says_why_not(tag, text):
    lines = [parse("regex: (?P<n>[a-m]+)(?P<m>.*)")]
    template = parse_tag_template(text, groups_of(lines))
    name, error = named(template, lines, tag)
    if error is None:
        assert is_tag(name)
        assert name == tag or not is_digest_tag(tag)
    else:
        assert f"`{tag}`" in str(error)
        assert f"`{text}`" in str(error)
        assert error.hint


@given(TAGS)
def test_the_tag_itself_is_a_template_that_changes_nothing(tag):
    assert parse_tag_template("{tag}").fill(tag) == tag


@given(
    st.lists(st.tuples(SELECTORS, TEMPLATES | st.just("{tag}"), st.sampled_from(PLACES))),
    LISTS_OF_TAGS,
)
def test_no_two_images_share_a_name_and_a_collision_leaves_its_destination_alone(rules, tags):
    planned = [
        Rule(place, tuple(lines), tag_template=parse_tag_template(template))
        for lines, template, place in rules
    ]
    wanted = select(planned, tags)
    settled = without_collisions(SOURCE, wanted)

    named: dict[tuple[Place, str], set[str]] = {}
    for name, destination_rules in wanted.images.items():
        for each in destination_rules:
            if each.tag:
                named.setdefault((each.place, each.tag), set()).add(name)
    colliding = {place for (place, _), images in named.items() if len(images) > 1}
    left = [each for found in settled.images.values() for each in found]
    written = [each for each in left if each.error is None]
    failed = [each for each in left if isinstance(each.error, ConflictError)]
    assert {each.place for each in failed} == colliding
    assert len(failed) == len(colliding)
    assert colliding.isdisjoint(each.place for each in written)
    tagged = [(each.place, each.tag) for each in written if each.tag]
    assert len(tagged) == len(set(tagged))
    if not colliding:
        assert settled == wanted


@given(SELECTORS, LISTS_OF_TAGS, TAGS)
def test_an_explanation_knows_what_has_another_name(lines, tags, tag):
    images = choose(lines, tags)
    is_chosen = any(
        tag == image.name or (tag == image.tag and not image.is_alias) for image in images
    )
    assert explain(lines, tags, tag).taken is is_chosen


@pytest.mark.parametrize("line", ["1.0", "glob: *"])
@given(NAMES, selectors(st.just("glob: *")))
def test_a_tag_with_names_of_its_own_never_has_the_one_of_the_template(line, names, more):
    lines = [parse_named("1.1", names), parse(line), *more]
    template = parse_tag_template("m-{tag}")
    found = {
        destination_tag(template, lines, image)
        for image in choose(lines, ["1.0", "1.1"])
        if image.name == "1.1"
    }
    assert found == set(names)
