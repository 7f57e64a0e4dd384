"""Images that another program brings: believed is what is there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests import images
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry

from reposync.copy.copy_state import CopyState
from reposync.copy.external_copying import copy_externally
from reposync.decision import Action, Decision
from reposync.errors import (
    ContentError,
    CopyError,
    NotFoundError,
    RelayError,
    TransportError,
)
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor

WANTED, OTHER = images.image("wanted"), images.image("other")
NAMED = CopyError("copy by skopeo", "source", NotFoundError("no such image"))
DOUBT = CopyError("copy by dregsy", "destination", RelayError("dregsy reported: one failed"))


class Scripted:
    """A program that puts *graph* where it is told to, and says that it *failed*."""

    def __init__(
        self,
        graph: images.Graph | None,
        failed: CopyError | None = None,
        root: Descriptor = WANTED.root.descriptor,
    ) -> None:
        self.graph = graph
        self.failed = failed
        self.root = root

    async def carry(self, source, image, states):
        assert (source.reference.registry, image) == ("hub", ("1", self.root))
        if self.graph is not None:
            for state in states:
                images.fill(state.destination, self.graph, state.tag)
        return [self.failed] * len(states)


DECISION = Decision("stage", Action.COPY, Reference("hub", "a", "1"), Reference("master", "b", "1"))


async def carried(external_copier: Scripted) -> CopyState:
    source = MemoryRegistry("hub").repository("a")
    state = CopyState(MemoryRegistry("master").repository("b"), DECISION)
    await copy_externally(external_copier, source, ("1", external_copier.root), [state])
    return state


async def test_what_names_the_sources_digest_is_delivered():
    state = await carried(Scripted(WANTED))

    assert (state.digest, state.is_carried) == (WANTED.digest, True)
    assert state.error is None


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (None, "1 names nothing there afterwards"),
        (OTHER, f"1 names {OTHER.digest.short} there afterwards"),
    ],
)
async def test_what_is_not_there_or_another_image_has_failed(graph, said):
    state = await carried(Scripted(graph))

    assert state.digest is None
    assert isinstance(state.error, CopyError)
    assert isinstance(state.error.cause, ContentError)
    assert said in str(state.error)


async def test_the_same_bytes_under_a_digest_of_another_algorithm_are_delivered():
    digest = Digest.of(WANTED.root.content, "sha512")
    root = replace(WANTED.root.descriptor, digest=digest)
    state = await carried(Scripted(WANTED, root=root))

    assert (state.digest, state.error) == (digest, None)


async def test_a_failure_that_has_a_name_is_believed():
    state = await carried(Scripted(WANTED, NAMED))

    assert (state.digest, state.error) == (None, NAMED)


@pytest.mark.parametrize(("graph", "error"), [(WANTED, None), (OTHER, DOUBT), (None, DOUBT)])
async def test_of_a_failure_without_a_name_the_destination_decides(graph, error):
    state = await carried(Scripted(graph, DOUBT))

    assert state.error is error
    assert (state.digest is None) == (error is not None)


async def test_a_destination_that_cannot_be_asked_has_failed():
    master = MemoryRegistry("master")
    master.fail(Failure("resolve", TransportError("no answer")))
    state = CopyState(master.repository("b"), DECISION)
    source = MemoryRegistry("hub").repository("a")

    await copy_externally(Scripted(None), source, ("1", WANTED.root.descriptor), [state])

    assert str(state.error) == "cannot look up 1 at the destination: no answer"


async def test_for_no_destination_no_program_is_called():
    source = MemoryRegistry("somewhere").repository("a")  # a call would find that it is not "hub"

    await copy_externally(Scripted(WANTED), source, ("1", WANTED.root.descriptor), [])
