"""A run that only a signal ends: ``python -m tests.unit.cli.interrupted WORK GRACE_S [REPORT]``.

Says "ready" on standard error when a signal can come, but for ``busy``, which is for the eyes.
"""

from __future__ import annotations

import asyncio
import sys

from tests.unit.report.script import busy_run, ended, outcome

from reposync.cli.log_stream import open_log
from reposync.cli.main import end
from reposync.cli.report_file import open_reports
from reposync.cli.run import conduct
from reposync.copy.outcome import Status
from reposync.sync.events import ImagesSelected, RunEnded, RunStarted, StageFailed


async def obedient(listener):
    """Does one image of two, and when it is stopped it cleans up and says so."""
    listener(RunStarted(("mirror-sleeper",)))
    listener(ImagesSelected("mirror-sleeper", 2))
    listener(ended(outcome(Status.UP_TO_DATE)))
    _say("ready")
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(_say, "cleaned up")
        listener(RunEnded(4.2, interrupted=True))


async def stubborn(listener):
    """Does not stop when it is told to."""
    listener(ended(outcome(Status.UP_TO_DATE)))
    _say("ready")
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def busy(listener):
    """Has much in flight, and nothing of it moves on: what is drawn of it stands still."""
    events = list(busy_run(images=10, stages=20))
    for event in events[: len(events) // 2]:
        if not isinstance(event, StageFailed):  # a line above what is drawn
            listener(event)
    await asyncio.Event().wait()


async def blocking(listener):
    """Does not let the loop run; answers each line that it is sent."""
    del listener
    _say("ready")
    for _ in sys.stdin:
        _say("still here")


async def thread_bound(listener):
    """Stops when it is told to, and leaves a thread behind that does not."""
    asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await obedient(listener)


def _say(word):
    sys.stderr.write(f"{word}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    work, grace_s = globals()[sys.argv[1]], float(sys.argv[2])
    draw_on = open_log("text", None, progress=True)
    with open_reports(sys.argv[3:]) as files:
        end(conduct(work, draw_on, reports=files, grace_s=grace_s))
