"""Images that another program brings: believed is what is there afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests import images
from tests.fakes.failures import Failure
from tests.fakes.store import MemoryRegistry

from reposync.copy.carrying import bring_by
from reposync.copy.delivery import Delivery
from reposync.errors import (
    ContentError,
    CopyError,
    NotFoundError,
    RelayError,
    TransportError,
)
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor

WANTED, OTHER = images.image("wanted"), images.image("other")
NAMED = CopyError("copy by skopeo", "source", NotFoundError("no such image"))
DOUBT = CopyError("copy by dregsy", "destination", RelayError("dregsy says: one of them failed"))


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

    async def carry(self, source, image, deliveries):
        assert (source.reference.registry, image) == ("hub", ("1", self.root))
        if self.graph is not None:
            for delivery in deliveries:
                images.fill(delivery.destination, self.graph, delivery.tag)
        return [self.failed] * len(deliveries)


async def carried(carrier: Scripted) -> Delivery:
    source = MemoryRegistry("hub").repository("a")
    delivery = Delivery(MemoryRegistry("master").repository("b"), "1")
    await bring_by(carrier, source, ("1", carrier.root), [delivery])
    return delivery


async def test_what_names_the_sources_digest_is_delivered():
    delivery = await carried(Scripted(WANTED))

    assert (delivery.delivered, delivery.is_carried) == (WANTED.digest, True)
    assert delivery.error is None


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (None, "1 names nothing there afterwards"),
        (OTHER, f"1 names {OTHER.digest.short} there afterwards"),
    ],
)
async def test_what_is_not_there_or_another_image_has_failed(graph, said):
    delivery = await carried(Scripted(graph))

    assert delivery.delivered is None
    assert isinstance(delivery.error, CopyError)
    assert isinstance(delivery.error.cause, ContentError)
    assert said in str(delivery.error)


async def test_the_same_bytes_under_a_digest_of_another_algorithm_are_delivered():
    digest = Digest.of(WANTED.root.content, "sha512")
    root = replace(WANTED.root.descriptor, digest=digest)
    delivery = await carried(Scripted(WANTED, root=root))

    assert (delivery.delivered, delivery.error) == (digest, None)


async def test_a_failure_that_has_a_name_is_believed():
    delivery = await carried(Scripted(WANTED, NAMED))

    assert (delivery.delivered, delivery.error) == (None, NAMED)


@pytest.mark.parametrize(("graph", "error"), [(WANTED, None), (OTHER, DOUBT), (None, DOUBT)])
async def test_of_a_failure_without_a_name_the_destination_decides(graph, error):
    delivery = await carried(Scripted(graph, DOUBT))

    assert delivery.error is error
    assert (delivery.delivered is None) == (error is not None)


async def test_a_destination_that_cannot_be_asked_has_failed():
    master = MemoryRegistry("master")
    master.fail(Failure("resolve", TransportError("no answer")))
    delivery = Delivery(master.repository("b"), "1")
    source = MemoryRegistry("hub").repository("a")

    await bring_by(Scripted(None), source, ("1", WANTED.root.descriptor), [delivery])

    assert str(delivery.error) == "cannot look up 1 at the destination: no answer"


async def test_for_no_destination_no_program_is_called():
    source = MemoryRegistry("somewhere").repository("a")  # a call would find that it is not "hub"

    await bring_by(Scripted(WANTED), source, ("1", WANTED.root.descriptor), [])
