"""A registry whose disk is full: what does not fit fails in a sentence, and all else goes on."""

from __future__ import annotations

from functools import partial

import pytest
from tests import images
from tests.integration.sites import Ran, sync
from tests.servers.docker_registry import docker_registry
from tests.servers.reader import Reader
from tests.servers.small_disk import small_disk

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.registry.throttle import storage_full
from reposync.report.failure_kind import FailureKind
from reposync.retry import RetryPolicy
from reposync.wiring import trust

SMALL = {f"small-{n}": images.image(f"disk {n}", layer_bytes=300_000) for n in range(6)}
LARGE = {"large": images.image("disk large", layers=1, layer_bytes=9_000_000)}
ALL = {**SMALL, **LARGE}
DISK_BYTES = 8_000_000


@pytest.fixture
def filled(plain_registry, name):
    for tag, graph in ALL.items():
        images.push_graph(plain_registry.url, name, graph, tag)
    return name


@pytest.fixture
def disk(tmp_path, monkeypatch):
    monkeypatch.setattr(storage_full, "FULL_AFTER_S", 0.5)
    with small_disk(tmp_path / "data", DISK_BYTES) as mounted:
        yield mounted


def mirror(source, repository, *destinations):
    """Write a file of two stages: the small images first, and then all of them."""
    keyed = {f"there{n}": each for n, each in enumerate(destinations)}
    origin = Source(source="source", repository=repository)

    def to_all(*tags):
        return tuple(Rule(destination=key, repository=repository, tags=tags) for key in keyed)

    return Config(
        registries={
            key: Registry(url=each.host, skip_tls_verify=True)
            for key, each in {"source": source, **keyed}.items()
        },
        stages=(
            Stage(source=origin, rules=to_all(*SMALL), id="small"),
            Stage(source=origin, rules=to_all(), id="all", depends_on=("small",)),
        ),
    )


def assert_out_of_space(ran: Ran, host: str) -> None:
    for failure in ran.summary.failures:
        assert failure.sentence.endswith(
            f" at the destination: {host} has no space left (500 Internal Server Error)"
        )
        assert failure.kind is FailureKind.OUT_OF_SPACE
        assert "make room at the registry" in failure.hint


def assert_whole(url: str, repository: str, tags: set[str]) -> None:
    reader = Reader(url, repository)
    assert reader.tags() == tags
    for tag in tags:
        assert reader.family(tag)[ALL[tag].digest] == ALL[tag].root.content


async def test_what_does_not_fit_on_a_disk_fails_alone_and_comes_when_there_is_room(
    plain_registry, other_registry, filled, disk, tmp_path
):
    with docker_registry(tmp_path) as there:
        file = mirror(plain_registry, filled, there, other_registry)
        ran = await sync(file)
        failed = {place for place, one in ran.outcomes.items() if one.status is Status.FAILED}
        assert failed == {f"{there.host}/{filled}:large"}
        assert_out_of_space(ran, there.host)
        assert_whole(there.url, filled, {*SMALL})
        assert_whole(other_registry.url, filled, {*ALL})

        disk.resize(4 * DISK_BYTES)
        again = await sync(file)
        assert not again.summary.failures
        assert_whole(there.url, filled, {*ALL})


async def test_a_disk_without_room_takes_no_tag_and_is_not_waited_for_by_each_image(
    plain_registry, filled, disk, tmp_path
):
    ballast = disk.directory / "ballast"
    ballast.write_bytes(bytes(disk.free_bytes - 100_000))
    with docker_registry(tmp_path) as there:
        file = mirror(plain_registry, filled, there)
        ran = await sync(file)
        assert {one.status for one in ran.outcomes.values()} == {Status.FAILED}
        assert_out_of_space(ran, there.host)
        assert Reader(there.url, filled).tags() == set()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(trust, "RetryPolicy", partial(RetryPolicy, tries=2))


def cut_off(directory, pattern):
    """Leave no byte of the files there, as a disk does that was full when they were written."""
    found = [*directory.glob(f"data/docker/registry/v2/{pattern}")]
    assert found
    for file in found:
        file.write_bytes(b"")


@pytest.mark.usefixtures("impatient")
async def test_what_a_full_disk_left_in_part_is_pushed_again(plain_registry, filled, tmp_path):
    with docker_registry(tmp_path) as there:
        file = mirror(plain_registry, filled, there)
        await sync(file)
        repository = f"repositories/{filled}"
        cut_off(tmp_path, f"{repository}/_layers/sha256/*/link")
        cut_off(tmp_path, f"{repository}/_manifests/tags/*/current/link")
        again = await sync(file)
        assert not again.summary.failures
        assert_whole(there.url, filled, {*ALL})


@pytest.mark.usefixtures("impatient")
async def test_a_manifest_that_a_full_disk_spoilt_for_good_is_told_and_not_taken_for_copied(
    plain_registry, filled, tmp_path
):
    with docker_registry(tmp_path) as there:
        file = mirror(plain_registry, filled, there)
        await sync(file)
        there.blob_file(SMALL["small-1"].digest).write_bytes(b"")
        again = await sync(file)
        (failure,) = {failure.sentence for failure in again.summary.failures}
        assert failure == (
            f"cannot push tag small-1 at the destination: {there.host} fails at what it has "
            "under small-1 (500 Internal Server Error)"
        )
