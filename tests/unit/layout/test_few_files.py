"""A layout where no file can be opened for a while: it waits, and in the end says why."""

from __future__ import annotations

import asyncio
import os
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests import images, layouts
from tests.contract.pushing import push
from tests.fakes.virtual_time import VirtualTimeLoop

from reposync.errors import StorageError
from reposync.layout.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

GRAPHS = {f"{number}": images.image(f"few/{number}") for number in range(20)}
WHILE_S = 10
FILES_LIMIT_S = 60


@contextmanager
def files_left(number: int) -> Iterator[None]:
    """Let this process open *number* files more, as long as the block lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    first_free = os.dup(0)
    os.close(first_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first_free + number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def opened(path: Path) -> int:
    """Count how often this process has *path* open."""
    links = Path("/proc/self/fd")
    if not links.is_dir():
        pytest.skip("this system does not show what is open")
    return sum(os.path.realpath(link) == str(path) for link in links.iterdir())


def run(work: Coroutine[object, object, float]) -> float:
    """Run *work*; return the virtual seconds that it says it took."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


async def pushed_without_files(path: Path, for_s: float) -> float:
    """Push all at once, while no file can be opened *for_s*; raise what the first one raised."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with Layout(str(path)) as layout:
        repository = layout.repository("app", writable=True)
        await push(repository, images.image("few/before"), "before")
        with files_left(0):
            pushes = [
                asyncio.create_task(push(repository, graph, tag)) for tag, graph in GRAPHS.items()
            ]
            await asyncio.wait(pushes, timeout=for_s)
        ended = await asyncio.gather(*pushes, return_exceptions=True)
        errors = [each for each in ended if isinstance(each, BaseException)]
        assert len(errors) in {0, len(GRAPHS)}
        for error in errors:
            raise error
    return loop.time() - began_s


@pytest.mark.parametrize("name", ["layout", "layout.tar"])
def test_what_cannot_be_opened_waits_until_others_have_closed_theirs(tmp_path, name):
    assert run(pushed_without_files(tmp_path / name, WHILE_S)) < 2 * WHILE_S
    if name == "layout":
        assert set(layouts.names_in(tmp_path / name)) == {
            "app:before",
            *(f"app:{tag}" for tag in GRAPHS),
        }


def test_what_cannot_be_opened_for_long_fails_in_a_sentence_and_all_at_once(tmp_path):
    async def failing() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        with pytest.raises(StorageError, match="too many open files") as caught:
            await pushed_without_files(tmp_path / "layout", 10 * FILES_LIMIT_S)
        assert "ulimit -n" in (caught.value.hint or "")
        return loop.time() - began_s

    assert run(failing()) < 2 * FILES_LIMIT_S


def test_a_tar_that_cannot_be_packed_to_its_end_stays_as_it_was(tmp_path):
    tar = tmp_path / "layout.tar"

    async def packing() -> float:
        async with Layout(str(tar)) as layout:
            await push(layout.repository("app", writable=True), images.image("few/a"), "1")
        before = tar.read_bytes()
        layout = Layout(str(tar))
        await push(layout.repository("app", writable=True), images.image("few/b"), "2")
        with files_left(1), pytest.raises(StorageError, match="too many open files"):
            await layout.__aexit__(None, None, None)
        assert tar.read_bytes() == before
        async with Layout(str(tar)) as again:
            await push(again.repository("app", writable=True), images.image("few/c"), "3")
            assert {tag async for tag in again.repository("app").list_tags()} == {"1", "2", "3"}
        return 0.0

    run(packing())


def test_a_tar_that_waits_for_files_opens_no_more_with_each_attempt(tmp_path):
    tar = tmp_path / "layout.tar"

    async def waiting() -> float:
        async with Layout(str(tar)) as layout:
            await push(layout.repository("app", writable=True), images.image("few/a"), "1")
        layout = Layout(str(tar))
        with files_left(2):
            task = asyncio.create_task(
                push(layout.repository("app", writable=True), images.image("few/b"), "2")
            )
            await asyncio.wait([task], timeout=WHILE_S)
            assert opened(tar) <= 1
        await task
        await layout.__aexit__(None, None, None)
        return 0.0

    run(waiting())
