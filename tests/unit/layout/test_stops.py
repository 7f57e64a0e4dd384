"""A run that is stopped leaves nothing of its own in a folder, whenever that was."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests import images, layouts
from tests.fakes.virtual_time import VirtualTimeLoop

from reposync.layout.folder import OWN
from reposync.layout.layout import Layout

BLOB = images.blob("stopped", 1000)


async def chunks():
    yield BLOB.content


async def push(path):
    async with Layout(str(path)) as layout:
        await layout.repository("app", writable=True).push_blob(BLOB.descriptor, chunks())


async def stopped(path, at_step):
    """Push a blob, stopped at a turn of the loop; tell whether it had ended before."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    task = asyncio.create_task(push(path))
    loop.at_step(loop.steps + at_step, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
        return True
    return False


def test_a_push_that_is_stopped_at_any_moment_leaves_the_folder_tidy(tmp_path):
    has_ended, at_step = False, 0
    while not has_ended:
        at_step += 1
        path = tmp_path / str(at_step)
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            has_ended = runner.run(stopped(path, at_step))
        assert not (path / OWN).exists(), f"stopped at turn {at_step}"
    assert at_step > 5
    assert layouts.blob_file(path, BLOB.digest).read_bytes() == BLOB.content
