"""Platforms and referrers: what other tools copy of an image, which is seldom all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.platforms import platform_fault
from reposync.interop.refusals import refusal

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.tree import Tree

_INDEX = (
    "copies the image of one platform in place of the index; here the tag names an index with "
    "that image alone"
)


ALL = "all"
"""What a user says of a machine whose tool copied every platform."""


def read_machine(job: Import) -> bool:
    """Take over what the user says of the tool's machine; False where nothing is said."""
    said = job.choice.platforms
    if said and said != (ALL,):
        job.draft.defaults["platforms"] = list(said)
        if job.tool != "image-syncer":
            job.losses.lose((), f"leaves platforms open: {job.tool} then {_INDEX}")
    return bool(said)


def platform_options(at: NodeCursor, job: Import) -> dict[str, Tree]:
    """Read ``platform: os/arch``, ``all``, or nothing, which is the tool's own machine.

    Raises:
        RefusalError: It is none.
    """
    text = at.text()
    if not text:
        if not job.choice.platforms:
            tell_machine(job)
        return {}
    if text == ALL:
        return {"platforms": []} if job.draft.defaults else {}
    job.losses.lose(at.path, f"{job.tool} {_INDEX}")
    return {"platforms": [platform(at, text)]}


def platform(at: NodeCursor, text: str) -> str:
    """Check a platform.

    Raises:
        RefusalError: It is none.
    """
    fault = platform_fault(text)
    if fault is not None:
        raise refusal(at.path, fault.message, fault.hint)
    return text


def tell_machine(job: Import) -> None:
    """Report that the tool copies for the platform of its own machine, unless told."""
    job.losses.lose(
        (),
        f"leaves platforms open: {job.tool} then copies for that of its own machine, and here "
        "every platform is copied",
        "import with --platform linux/amd64, if that is what it was, or with --platform all",
    )


def tell_referrers(job: Import) -> None:
    """Report that the tool copies nothing that refers to an image, unless told."""
    job.losses.note(
        (),
        f"says nothing of signatures, attestations and SBOMs: {job.tool} then leaves them behind, "
        "and here they come along with their images",
        "write `referrers: false` under `defaults` to leave them behind",
    )
