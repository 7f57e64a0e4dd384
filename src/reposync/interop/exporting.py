"""Exporting: from files of ours to one of another tool, and all that is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from reposync.config.load import judged
from reposync.errors import ConfigError
from reposync.interop import to_dregsy, to_regsync, to_skopeo
from reposync.interop.losses import Losses, listing
from reposync.interop.node_cursor import NodeCursor
from reposync.interop.routes import Export
from reposync.interop.tree import render

if TYPE_CHECKING:
    from reposync.config.documents import Documents
    from reposync.diagnostic import Diagnostic

Goal = Literal["dregsy", "regsync", "skopeo"]
_WRITERS = {"dregsy": to_dregsy.write, "regsync": to_regsync.write, "skopeo": to_skopeo.write}


class Exported(Struct, frozen=True):
    """The other file; ``lost`` is what it does not keep, ``notes`` is what is left to do."""

    tool: Goal
    text: str
    stages: int
    lost: tuple[Diagnostic, ...]
    notes: tuple[Diagnostic, ...]


def exported(document: Documents, tool: Goal, *, allow_loss: bool) -> Exported:
    """Write *document*, files of ours, in the language of *tool*.

    Under *allow_loss* a destination that cannot be kept is left out, and told like other losses.

    Raises:
        ConfigError: The file is wrong, or a destination in it cannot be kept; holds all of them.
    """
    config, wrong = judged(document)
    problems = document.in_order([*document.problems, *map(document.problem, wrong)])
    if problems:
        raise ConfigError(problems)
    job = Export(tool, NodeCursor(document.root), config, Losses())
    written = _WRITERS[tool](job)
    refused = document.in_order(map(document.problem, job.losses.refused))
    if refused and (not allow_loss or not written.count):
        raise ConfigError(refused)
    left_out = (replace(each, message=f"left out: {each.message}") for each in refused)
    lost = document.in_order([*map(document.problem, job.losses.lost), *left_out])
    notes = document.in_order(map(document.problem, job.losses.notes))
    header = (f"Written by run-reposync export from {document.name}.", *written.header)
    text = render(written.tree, (*header, *listing(lost)))
    return Exported(tool, text, written.count, lost, notes)
