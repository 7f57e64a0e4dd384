"""One verification on behalf of a user: what is shown meanwhile, and what is said at the end."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from reposync.cli import terminal
from reposync.cli.batch_work import batch_work
from reposync.cli.exit_code import ExitCode
from reposync.cli.interruption import Interruption
from reposync.cli.output import emit
from reposync.cli.watching import last_words, watch
from reposync.errors import StorageError
from reposync.report.verification import render_verification
from reposync.report.verification_json import render_json
from reposync.sync.events import Listener
from reposync.verify.sampling import Share
from reposync.wiring.next_shares import NextShares

if TYPE_CHECKING:
    from rich.console import Console

    from reposync.sync.events import Event
    from reposync.verify.result import Verification

_log = logging.getLogger("reposync.verify")
Work = Callable[[Listener], Coroutine[Any, Any, "Verification"]]
"""Verifies everything and reports to the listener."""


def conduct(work: Work, draw_on: Console | None, output: str) -> ExitCode:
    """Do *work*, show how far it is, and write the result as *output* says.

    After a signal nothing is written: what was not checked might be taken for right.
    """
    found: list[Verification] = []

    async def kept(listener: Listener) -> None:
        found.append(await work(listener))

    with Interruption(last_words=last_words(draw_on)) as interruption, batch_work():
        watch(kept, _ignored, interruption, draw_on, verb="read")
    if interruption.exit_code is not None:
        return interruption.exit_code
    (result,) = found
    _log_kept(result)
    emit(render_json(result) if output == "json" else render_verification(result, _width()))
    return _exit_code(result)


def of_next_share(call: str, count: int, verify: Callable[[Share], ExitCode]) -> ExitCode:
    """Let *verify* do the share of *call* that is due, and make the next one due if it did."""
    if count == 1:
        return verify(Share())
    shares = NextShares(os.environ)
    try:
        share = Share(shares.due(call, count), count)
    except StorageError as error:
        _log.warning(
            "share 0 of %d is verified, and at the next call again: %s; %s",
            count,
            error,
            error.hint,
        )
        return verify(Share(0, count))
    exit_code = verify(share)
    if exit_code not in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        shares.remember(call, share.next_index)
    return exit_code


def _ignored(event: Event) -> None:
    """Say nothing of an event: the result says it all, and progress listens by itself."""


def _log_kept(result: Verification) -> None:
    for each in result.kept:
        fields = {"stage": each.stage, "destination": each.destination, "reason": each.reason}
        extra = {"event": "kept", "fields": fields}
        _log.debug("%s: no difference: %s", each.destination, each.reason, extra=extra)


def _width() -> int | None:
    is_terminal = terminal.can_draw(sys.stdout, os.environ)
    return shutil.get_terminal_size().columns if is_terminal else None


def _exit_code(result: Verification) -> ExitCode:
    if result.unchecked:
        return ExitCode.FAILED
    return ExitCode.DIFFERENT if result.differences else ExitCode.DONE
