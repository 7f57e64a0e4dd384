"""Several processes at one layout, and those that are killed there."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests import images, layouts
from tests.contract.pushing import chunks, push, push_blob
from tests.servers import environment
from tests.unit.layout import writer

from reposync.layout.layout import Layout

ROOT = Path(__file__).parents[3]
FIRST = images.image("first")


def start(path, way, name):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.layout.writer", str(path), way, name],
        cwd=ROOT,
        env=environment.clean(),
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def killed(tmp_path):
    """Return a layout whose writer was killed in mid-blob."""
    path = tmp_path / "bundle"
    with start(path, "half", "a") as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == writer.READY
        process.send_signal(signal.SIGKILL)
    return path


def parts(path):
    return [name for name in layouts.files_in(path) if name.endswith(".part")]


async def test_what_stood_before_a_kill_is_there_and_the_blob_in_transit_is_not(killed):
    assert parts(killed)
    repository = Layout(str(killed)).repository("a", writable=True)
    assert await repository.resolve("first") == FIRST.root.descriptor
    assert not await repository.has_blob(writer.LARGE.descriptor)


async def test_the_run_after_a_kill_cleans_up_and_ends_as_one_that_was_not_killed(killed, tmp_path):
    for path in (killed, tmp_path / "clean"):
        async with Layout(str(path)) as layout:
            repository = layout.repository("a", writable=True)
            await push(repository, FIRST, "first")
            await push_blob(repository, writer.LARGE)
    assert layouts.files_in(killed) == layouts.files_in(tmp_path / "clean")


async def test_the_file_of_a_living_process_is_left_alone(tmp_path):
    path = tmp_path / "bundle"
    with start(path, "half", "a") as process:
        assert process.stdout is not None
        process.stdout.readline()
        before = parts(path)
        async with Layout(str(path)) as layout:
            await push(layout.repository("b", writable=True), FIRST, "1.0")
        assert parts(path) == before
        assert before
        process.send_signal(signal.SIGKILL)


async def test_two_processes_lose_no_entry_of_each_other(tmp_path):
    path = tmp_path / "bundle"
    processes = [start(path, "tags", name) for name in ("a", "b")]
    for process in processes:
        process.communicate(timeout=50)
        assert process.returncode == 0
    reader = Layout(str(path))
    for name in ("a", "b"):
        repository = reader.repository(name)
        tags = [tag async for tag in repository.list_tags()]
        assert sorted(tags) == sorted(f"1.{number}" for number in range(writer.COUNT))
        await layouts.assert_whole(repository, writer.graph(name, 7), "1.7")
    names = layouts.names_in(path)
    assert len(names) == 2 * writer.COUNT
    assert sorted(item.name for item in path.iterdir()) == ["blobs", "index.json", "oci-layout"]


async def test_the_same_names_make_the_same_file_in_whatever_order_they_come(tmp_path):
    tags = [f"1.{number}" for number in range(9)]
    for directory, order in (("one", tags), ("two", [*reversed(tags)])):
        async with Layout(str(tmp_path / directory)) as layout:
            for tag in order:
                await push(layout.repository("a", writable=True), FIRST, tag)
    assert layouts.files_in(tmp_path / "one") == layouts.files_in(tmp_path / "two")


async def test_several_tasks_can_write_the_same_blob_at_once(tmp_path):
    layout = Layout(str(tmp_path / "bundle"))
    repositories = [layout.repository(name, writable=True) for name in "abcdef"]
    async with asyncio.TaskGroup() as group:
        for repository in repositories:
            group.create_task(push_blob(repository, writer.LARGE))
    assert await repositories[0].has_blob(writer.LARGE.descriptor)


@pytest.mark.parametrize("after_steps", [0, 1, 2, 5, 10, 50, 200, 500, 1000, 3000, 10_000])
async def test_a_push_can_be_cancelled_at_any_moment(tmp_path, after_steps):
    path = tmp_path / "bundle"
    layout = Layout(str(path))
    repository = layout.repository("a", writable=True)
    await push(repository, FIRST, "1.0")

    async def work():
        await repository.push_blob(writer.LARGE.descriptor, chunks(writer.LARGE.content))
        await repository.push_manifest(FIRST.root_manifest, "2.0")

    task = asyncio.create_task(work())
    for _ in range(after_steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert not parts(path)
    assert await repository.resolve("1.0") == FIRST.root.descriptor
    assert {re.sub(r"\d", "N", name) for name in layouts.names_in(path)} == {"a:N.N"}
