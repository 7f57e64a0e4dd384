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
    from reposync.copy.copy_state import CopyState
    from reposync.errors import CopyError
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest


class ExternalCopier(Protocol):
    """Moves whole images in our place."""

    async def carry(
        self, source: Source, image: tuple[str, Descriptor], states: Sequence[CopyState]
    ) -> Sequence[CopyError | None]:
        """Bring *image*, a name and what it means at *source*, to the places of *states*.

        Gives for each of them what failed, None for nothing that is known of.
        """
        ...


async def copy_externally(
    external_copier: ExternalCopier,
    source: Source,
    image: tuple[str, Descriptor],
    states: Sequence[CopyState],
) -> None:
    """Let *external_copier* bring *image* to *states*, and note how each ended."""
    if not states:
        return
    failures = await external_copier.carry(source, image, states)
    async with asyncio.TaskGroup() as group:
        for state, failed in zip(states, failures, strict=True):
            group.create_task(_note(state, image[1], failed))


async def _is_same(state: CopyState, there: Digest, wanted: Digest) -> bool:
    """Compare two digests; of two algorithms, by the bytes that they name."""
    if there.algorithm == wanted.algorithm:
        return there == wanted
    return (await state.destination.fetch_manifest(there)).has_digest(wanted)


async def _note(state: CopyState, root: Descriptor, failed: CopyError | None) -> None:
    """Look for the image; not where the reason why it is not there is known."""
    if failed is not None and not isinstance(failed.cause, RelayError):
        state.error = failed
        return
    name = state.tag or root.digest
    try:
        there = await state.destination.resolve(name)
        is_same = there is not None and await _is_same(state, there.digest, root.digest)
    except RepoSyncError as error:
        state.fail(f"look up {name}", "destination", error)
        return
    if is_same:
        state.digest, state.is_carried, state.has_changed = root.digest, True, True
        state.was_tagged = root.digest != state.found_digest
    elif failed is not None:
        state.error = failed
    else:
        names = f"{there.digest.short} there" if there else "nothing there"
        wrong = ContentError(
            f"{name} names {names} afterwards, and {root.digest.short} was meant",
            hint="the other program may have changed it: relay: native never does",
        )
        state.fail("copy it", "destination", wrong)
