"""Carrying: an image that another program brings, and what is there of it afterwards.

The program is believed in nothing but a failure that it can name: whether an image is there is
asked of the destination, whose tag must name the source's digest.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from reposync.errors import ContentError, RelayError, RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Source
    from reposync.copy.delivery import Delivery
    from reposync.errors import CopyError
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest


class Carrier(Protocol):
    """Moves whole images in our place."""

    async def carry(
        self, source: Source, image: tuple[str, Descriptor], deliveries: Sequence[Delivery]
    ) -> Sequence[CopyError | None]:
        """Bring *image*, a name and what it means at *source*, to the places of *deliveries*.

        Gives for each of them what failed, None for nothing that is known of.
        """
        ...


async def bring_by(
    carrier: Carrier,
    source: Source,
    image: tuple[str, Descriptor],
    deliveries: Sequence[Delivery],
) -> None:
    """Let *carrier* bring *image* to *deliveries*, and note how each ended."""
    if not deliveries:
        return
    failures = await carrier.carry(source, image, deliveries)
    async with asyncio.TaskGroup() as group:
        for delivery, failed in zip(deliveries, failures, strict=True):
            group.create_task(_note(delivery, image[1], failed))


async def _is_same(delivery: Delivery, there: Digest, wanted: Digest) -> bool:
    """Compare two digests; of two algorithms, by the bytes that they name."""
    if there.algorithm == wanted.algorithm:
        return there == wanted
    return (await delivery.destination.fetch_manifest(there)).has_digest(wanted)


async def _note(delivery: Delivery, root: Descriptor, failed: CopyError | None) -> None:
    """Look for the image; not where the reason why it is not there is known."""
    if failed is not None and not isinstance(failed.cause, RelayError):
        delivery.error = failed
        return
    name = delivery.tag or root.digest
    try:
        there = await delivery.destination.resolve(name)
        is_same = there is not None and await _is_same(delivery, there.digest, root.digest)
    except RepoSyncError as error:
        delivery.fail(f"look up {name}", "destination", error)
        return
    if is_same:
        delivery.delivered, delivery.is_carried = root.digest, True
    elif failed is not None:
        delivery.error = failed
    else:
        names = f"{there.digest.short} there" if there else "nothing there"
        wrong = ContentError(
            f"{name} names {names} afterwards, and {root.digest.short} was meant",
            hint="the other program may have changed it: relay: native never does",
        )
        delivery.fail("copy it", "destination", wrong)
