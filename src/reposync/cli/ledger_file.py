"""The ledger that the environment names: whether a run can use it, found out before it begins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reposync.sync.plan import Stage


def check_ledger(stages: Callable[[], Sequence[Stage]]) -> None:
    """Open and close the ledger that the environment names, if a run of *stages* would use it.

    Raises:
        click.UsageError: It cannot be used.
    """
    from reposync.errors import StorageError
    from reposync.wiring.ledger import VARIABLE, open_ledger

    if not os.environ.get(VARIABLE):
        return
    try:
        with open_ledger(os.environ, stages()):
            pass
    except StorageError as error:
        raise click.UsageError(f"{error}; {error.hint}; nothing was done") from error
