"""Which ledger a run uses: a file of the user's, where any rule gains by it, else memory."""

from __future__ import annotations

import logging
import os.path
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from reposync.copy.ledger_protocol import Ledger, MemoryLedger
from reposync.errors import StorageError
from reposync.selection.selectors import Pinned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from reposync.oci.reference import Reference
    from reposync.sync.plan import Rule, Stage

_log = logging.getLogger("reposync.ledger")

VARIABLE = "REPOSYNC_LEDGER"
_REGISTRIES_ALGORITHM = "sha256"  # by which they name what was pushed under a tag


def open_ledger(
    environ: Mapping[str, str], stages: Sequence[Stage]
) -> AbstractContextManager[Ledger]:
    """Open the file that the environment names, or the usual one.

    An empty name means none. No file is made where no rule gains by it.

    Raises:
        StorageError: The file that was named cannot be used; without the usual one, a run goes on.
    """
    named = environ.get(VARIABLE)
    file = _usual(environ) if named is None else Path(named) if named else None
    if file is None or not (_gains(stages) or os.path.exists(file)):  # noqa: PTH110 -- never raises
        return nullcontext(MemoryLedger())
    from reposync.ledger.sqlite_ledger import SqliteLedger  # noqa: PLC0415 -- few runs need it

    try:
        return SqliteLedger(file, _name)
    except StorageError as error:
        if named is not None:
            raise
        _log.debug("%s", error)
        return nullcontext(MemoryLedger())


def _usual(environ: Mapping[str, str]) -> Path | None:
    """Spec: XDG Base Directory Specification, "XDG_STATE_HOME"."""
    state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if Path(state).is_absolute():
        return Path(state, "reposync", "ledger.sqlite3")
    return Path(home, ".local", "state", "reposync", "ledger.sqlite3") if home else None


def _gains(stages: Sequence[Stage]) -> bool:
    return any(_is_worth_it(rule) for stage in stages for rule in stage.rules)


def _is_worth_it(rule: Rule) -> bool:
    """Return whether what a run learns of the rule's images would cost the next one requests."""
    copy = rule.copy
    if copy.platforms or copy.may_be_sparse or copy.overwrite.immutable:
        return True
    pinned = (each for each in rule.selectors if isinstance(each, Pinned))
    return any(each.digest.algorithm != _REGISTRIES_ALGORITHM for each in pinned)


def _name(place: Reference) -> str:
    """Name a place alike in any folder where the run was started."""
    kind, colon, path = place.registry.partition("oci:")
    if kind or not colon:
        return str(place)
    return str(place).replace(place.registry, f"oci:{os.path.realpath(path)}", 1)
