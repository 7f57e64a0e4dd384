"""Choices: what a user says about an import beside the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from reposync.interop.node_cursor import NodeCursor

if TYPE_CHECKING:
    from reposync.interop.draft import Draft
    from reposync.interop.losses import Losses

Tool = Literal["dregsy", "regsync", "image-syncer", "skopeo"]
Semver = Literal["exact", "ours"]


class Choice(Struct, frozen=True):
    """``semver`` says how ranges are written, ``platforms`` what the tool's machine was.

    ``destination`` and ``scoped`` are what was on the command line of ``skopeo sync``; ``auth``
    is image-syncer's other file.
    """

    semver: Semver = "exact"
    platforms: tuple[str, ...] = ()
    destination: str = ""
    scoped: bool = False
    auth: NodeCursor = field(default_factory=lambda: NodeCursor(None))


class Import(Struct, frozen=True):
    """One import: where it goes, and what is reported."""

    tool: Tool
    choice: Choice
    draft: Draft
    losses: Losses
