"""What several tags of one repository share: it is brought once, and fails for all of them."""

from __future__ import annotations

from tests.fakes.store import MemoryRegistry

from reposync.copy.copy_state import CopyState
from reposync.copy.one_per_place import one_per_place
from reposync.decision import Action, Decision
from reposync.errors import ContentError
from reposync.oci.reference import Reference

SOURCE = Reference("hub", "x", "1")


def states():
    registry = MemoryRegistry("hub")
    found = []
    for name, tag in (("a", "1"), ("a", "2"), ("b", "1")):
        there = registry.repository(name)
        decision = Decision("s", Action.COPY, SOURCE, there.reference.naming(tag))
        found.append(CopyState(there, decision))
    return found


def test_the_first_state_of_each_repository_stands_for_the_others():
    first, other, elsewhere = states()
    with one_per_place([first, other, elsewhere]) as firsts:
        assert firsts == [first, elsewhere]


def test_what_fails_for_one_tag_fails_for_the_others_of_that_repository_alone():
    first, other, elsewhere = states()
    with one_per_place([first, other, elsewhere]) as firsts:
        firsts[0].fail("read a blob", "source", ContentError("wrong"))
    assert other.error is first.error
    assert elsewhere.error is None


def test_a_tag_that_failed_by_itself_keeps_its_own_reason():
    first, other, _ = states()
    other.fail("look up tag 2", "destination", ContentError("other"))
    with one_per_place([first, other]) as firsts:
        firsts[0].fail("read a blob", "source", ContentError("wrong"))
    assert "look up tag 2" in str(other.error)
