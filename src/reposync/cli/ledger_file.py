"""The ledger that the environment names: whether a run can use it, found out before it begins."""

from __future__ import annotations

import os

import click


def check_ledger(*, read_only: bool = False) -> None:
    """Open and close the ledger that the environment names, if it names one.

    Raises:
        click.UsageError: It cannot be used.
    """
    from reposync.errors import StorageError
    from reposync.wiring.ledger import VARIABLE, open_ledger

    if not os.environ.get(VARIABLE):
        return
    try:
        with open_ledger(os.environ, read_only=read_only):
            pass
    except StorageError as error:
        raise click.UsageError(f"{error}; {error.hint}; nothing was done") from error
