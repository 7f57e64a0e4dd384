"""Other programs move the images: they are the same, nothing is shown, and nothing stays behind."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests import images
from tests.development import development_set
from tests.e2e.command import run
from tests.fakes.registry import FakeRegistry, Fault, StallResponse
from tests.integration.sites import sync
from tests.servers import packages
from tests.servers.docker_registry import docker_registry
from tests.servers.dregsy import write_dregsy
from tests.servers.noting import Call, Notes, path_before, put_before
from tests.servers.reader import Reader
from tests.servers.skopeo import SkopeoError, skopeo_digest

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.report.failure_kind import FailureKind
from reposync.wiring import run as wiring

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.images import Graph
    from tests.servers.docker_registry import DockerRegistry

MEANS = "debian" if shutil.which("docker-registry") else "memory"
DREGSY = shutil.which("dregsy")
REAL = pytest.mark.skipif(DREGSY is None, reason="dregsy is not on the PATH")
RELAYS = ("skopeo", "dregsy", pytest.param("dregsy itself", marks=REAL))


@dataclass(frozen=True)
class Machine:
    """Where programs are that note how they are called; ``relay`` is what the file says."""

    relay: str
    directory: Path
    skopeo: Notes
    dregsy: Notes | None

    @property
    def environ(self) -> dict[str, str]:
        temporary = self.directory / "temporary"
        temporary.mkdir(exist_ok=True)
        return {
            "PATH": path_before(self.directory),
            "HOME": str(self.directory),
            "TMPDIR": str(temporary),
            "THE_USER": "testuser",
            "THE_PASSWORD": "testpassword",
        }

    @property
    def left_over(self) -> list[Path]:
        return list((self.directory / "temporary").rglob("*"))

    def calls(self) -> list[Call]:
        return [*self.skopeo.calls(), *(self.dregsy.calls() if self.dregsy else ())]


def machine(directory: Path, relay: str) -> Machine:
    skopeo = put_before(packages.require("skopeo"), directory)
    if relay == "skopeo":
        return Machine(relay, directory, skopeo, None)
    behind = directory / "behind"
    behind.mkdir()
    real = DREGSY if relay == "dregsy itself" else str(write_dregsy(behind))
    assert real is not None
    return Machine("dregsy", directory, skopeo, put_before(real, directory))


@pytest.fixture(params=RELAYS)
def by(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """Return a machine for each relay."""
    return machine(tmp_path, request.param)


@pytest.fixture
def by_skopeo(tmp_path: Path) -> Machine:
    return machine(tmp_path, "skopeo")


@pytest.fixture
def by_dregsy(tmp_path: Path) -> Machine:
    return machine(tmp_path, "dregsy")


def settings(registry: DockerRegistry | FakeRegistry, *, authority: Path | None = None) -> Registry:
    """Write a registry, with its login; with *authority* its certificate is checked."""
    has_login = getattr(registry, "login", None) is not None
    return Registry(
        url=registry.host,
        env_user="THE_USER" if has_login else None,
        env_password="THE_PASSWORD" if has_login else None,
        skip_tls_verify=authority is None,
        ca_file=None if authority is None else str(authority),
    )


def mirror(
    registries: dict[str, Registry], repository: str, *, relay: str = "native", **options: Any
) -> Config:
    """Write a file of one stage: from the first of *registries* to all others."""
    first, *others = registries
    rules = tuple(Rule(destination=key, repository=f"by/{repository}") for key in others)
    source = Source(source=first, repository=repository)
    stage = Stage(source=source, rules=rules, referrers=False, **options)
    return Config(registries=registries, stages=(stage,), relay=relay)  # type: ignore[arg-type]


SHAPES: dict[str, Callable[[str], Graph]] = {
    "oci": images.image,
    "docker": images.docker_image,
    "index": images.multi_platform,
    "list": partial(images.multi_platform, docker=True),
}


def publish(registry: DockerRegistry, repository: str, *shapes: str) -> dict[str, str]:
    """Push an image of each of *shapes*; give their digests by tag."""
    graphs = {shape: SHAPES[shape](f"{repository}/{shape}") for shape in shapes or ("oci", "index")}
    for tag, graph in graphs.items():
        images.push_graph(registry.url, repository, graph, tag)
    return {tag: graph.digest for tag, graph in graphs.items()}


async def test_images_of_every_shape_have_the_digests_that_they_have_by_reposync_itself(
    by, name, plain_registry, other_registry, htpasswd_registry
):
    digests = publish(plain_registry, name, *SHAPES)
    registries = {
        "here": settings(plain_registry),
        "one": settings(other_registry),
        "two": settings(htpasswd_registry),
    }

    ran = await sync(mirror(registries, name, relay=by.relay), by.environ)
    itself = await sync(mirror(registries, name), by.environ)

    assert {str(one.digest) for one in ran.outcomes.values()} == set(digests.values())
    assert set(ran.statuses.values()) == {Status.COPIED}
    assert itself.summary.count(Status.UP_TO_DATE) == ran.summary.count(Status.COPIED) == 8
    reader = Reader(other_registry.url, f"by/{name}")
    for tag, digest in digests.items():
        assert set(reader.family(tag)) == set(Reader(plain_registry.url, name).family(tag))
        assert skopeo_digest(f"{other_registry.host}/by/{name}:{tag}") == digest


async def test_a_second_run_starts_no_program(by, name, plain_registry, other_registry):
    publish(plain_registry, name)
    registries = {"here": settings(plain_registry), "there": settings(other_registry)}
    config = mirror(registries, name, relay=by.relay)
    await sync(config, by.environ)
    for notes in filter(None, (by.skopeo, by.dregsy)):
        notes.forget()

    again = await sync(config, by.environ)

    assert again.summary.count(Status.UP_TO_DATE) == 2
    assert not by.calls()


async def test_an_image_comes_by_its_digest_too(by, name, plain_registry, other_registry):
    digests = publish(plain_registry, name)
    registries = {"here": settings(plain_registry), "there": settings(other_registry)}
    tags = (digests["index"], f"pinned@{digests['oci']}")

    ran = await sync(mirror(registries, name, relay=by.relay, tags=tags), by.environ)

    assert [one.status for one in ran.outcomes.values()] == [Status.COPIED] * 2
    for place in (f"by/{name}@{digests['index']}", f"by/{name}:pinned"):
        assert skopeo_digest(f"{other_registry.host}/{place}") in digests.values()


async def test_a_login_is_in_a_file_for_this_user_alone_and_nowhere_else(
    by, name, plain_registry, htpasswd_registry
):
    publish(plain_registry, name)
    registries = {"here": settings(plain_registry), "there": settings(htpasswd_registry)}

    ran = await sync(mirror(registries, name, relay=by.relay), by.environ)

    assert ran.summary.count(Status.COPIED) == 2
    calls = by.calls()
    basic = images.basic("testuser", "testpassword").partition(" ")[2]
    assert any("--dest-tls-verify=false" in call.processes for call in calls)
    for call in calls:
        for shown in (call.processes, call.environ, *call.arguments):
            assert "testpassword" not in shown
            assert basic not in shown
    assert any(basic in text for call in calls for text in call.files.values())
    assert {mode for call in calls for mode in call.modes} == {"600", "700"}
    assert not by.left_over


async def test_what_is_shown_to_one_side_is_not_shown_to_the_other(
    by_skopeo, name, plain_registry, htpasswd_registry
):
    publish(plain_registry, name)
    registries = {"here": settings(plain_registry), "there": settings(htpasswd_registry)}

    await sync(mirror(registries, name, relay="skopeo", tags=("oci",)), by_skopeo.environ)

    (call,) = by_skopeo.calls()
    assert json.loads(call.files["source"]) == {"auths": {}}
    assert list(json.loads(call.files["destination"])["auths"]) == [htpasswd_registry.host]


async def test_a_registry_with_an_authority_of_its_own_is_trusted(
    by, name, plain_registry, tls_registry, certificates
):
    publish(plain_registry, name)
    registries = {
        "here": settings(plain_registry),
        "there": settings(tls_registry, authority=certificates.authority),
    }

    ran = await sync(mirror(registries, name, relay=by.relay, tags=("oci",)), by.environ)

    assert ran.only().status is Status.COPIED
    assert by.skopeo.calls()


async def test_what_fails_stops_nothing_else_and_names_its_side(by, tmp_path, name, other_registry):
    with docker_registry(tmp_path) as here:
        publish(here, name)
        lost = images.image(f"{name}/oci").blobs[0].digest
        here.blob_file(lost).unlink()
        registries = {"here": settings(here), "there": settings(other_registry)}

        ran = await sync(mirror(registries, name, relay=by.relay), by.environ)

    outcomes = {place.rpartition(":")[2]: one for place, one in ran.outcomes.items()}
    failed = outcomes.pop("oci")
    assert {one.status for one in outcomes.values()} == {Status.COPIED}
    assert str(failed.error).startswith(f"cannot copy by {by.relay} at the source: ")
    (failure,) = ran.summary.failures
    assert failure.kind in {FailureKind.NOT_FOUND, FailureKind.CONTENT_WRONG}
    with pytest.raises(SkopeoError):
        skopeo_digest(f"{other_registry.host}/by/{name}:oci")


async def test_a_tag_that_must_not_move_is_not_even_tried(
    by_skopeo, name, plain_registry, other_registry
):
    publish(plain_registry, name)
    kept = images.image(f"{name}/kept")
    images.push_graph(other_registry.url, f"by/{name}", kept, "oci")
    registries = {"here": settings(plain_registry), "there": settings(other_registry)}
    options = {"tags": ("oci",), "overwrite": "never"}

    ran = await sync(mirror(registries, name, relay="skopeo", **options), by_skopeo.environ)

    assert ran.only().status is Status.SKIPPED
    assert not by_skopeo.calls()
    assert skopeo_digest(f"{other_registry.host}/by/{name}:oci") == kept.digest


async def test_dregsy_is_called_once_for_all_images_that_are_on_their_way(
    by_dregsy, name, plain_registry, other_registry, htpasswd_registry
):
    publish(plain_registry, name)
    registries = {
        "here": settings(plain_registry),
        "one": settings(other_registry),
        "two": settings(htpasswd_registry),
    }

    await sync(mirror(registries, name, relay="dregsy"), by_dregsy.environ)

    assert by_dregsy.dregsy is not None
    (call,) = by_dregsy.dregsy.calls()
    tasks = json.loads(call.files["dregsy.yml"])["tasks"]
    assert [task["target"]["registry"] for task in tasks] == [
        other_registry.host,
        htpasswd_registry.host,
    ]
    assert {task["source"]["auth"] for task in tasks} == {"none"}
    (mapping,) = tasks[0]["mappings"]
    assert set(mapping["tags"]) == {"oci", "index"}
    assert mapping["platform"] == "all"


async def test_a_stage_may_have_another_relay_than_the_file(
    by_skopeo, name, plain_registry, other_registry
):
    publish(plain_registry, name)
    registries = {"here": settings(plain_registry), "there": settings(other_registry)}
    config = mirror(registries, name, relay="skopeo")
    native = Stage(
        source=Source(source="here", repository=name),
        rules=(Rule(destination="there", repository=f"itself/{name}"),),
        relay="native",
    )

    ran = await sync(
        Config(registries=registries, stages=(*config.stages, native), relay="skopeo"),
        by_skopeo.environ,
    )

    assert ran.summary.count(Status.COPIED) == 4
    names = [argument for call in by_skopeo.calls() for argument in call.arguments]
    assert any(f"/by/{name}:" in each for each in names)
    assert not any(f"/itself/{name}:" in each for each in names)


async def test_a_stopped_run_ends_its_programs_and_leaves_no_file(by, fake_registry):
    graph = images.image("slow", layers=1, layer_bytes=3_000_000)
    images.fill(fake_registry.repository("slow"), graph, "1")
    stall = StallResponse(100_000, asyncio.Event())
    fake_registry.fail(Fault("GET", "/blobs/", stall, times=9))
    async with FakeRegistry() as there:
        registries = {"here": settings(fake_registry), "there": settings(there)}
        config = mirror(registries, "slow", relay=by.relay)
        work = wiring.sync(config, by.environ, parallel_sync_tasks=9, listener=lambda _: None)
        task = asyncio.create_task(work)
        await fake_registry.log.arrived("GET", "/blobs/", 1)

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert not _at_work_in(by.directory)
    assert not by.left_over


def _at_work_in(directory: Path) -> list[str]:
    """Return the command lines of all processes that were given files in *directory*."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in line:
            lines.append(line)
    return lines


@pytest.mark.parametrize("relay", ["skopeo", "dregsy"])
def test_verify_only_says_which_program_is_missing(tmp_path, relay):
    file = tmp_path / "sync.yml"
    file.write_text(
        "registries: {a: {url: a.example}, b: {url: b.example}}\n"
        "defaults: {referrers: false}\n"
        "stages: [{from: {source: a, repository: x}, to: [{destination: b, repository: x}]}]\n"
        f"relay: {relay}\n"
    )

    checked = run("-c", str(file), "--verify-only", PATH=str(tmp_path))
    refused = run("-c", str(file), PATH=str(tmp_path))

    said = f"{file}:4:8: relay: the program `{relay}` is not on the PATH; install it"
    assert (checked.returncode, checked.stdout.startswith(f"{file} is valid")) == (0, True)
    assert said in checked.stderr
    assert refused.returncode == 2
    assert said in refused.stderr


@pytest.mark.parametrize("relay", ["skopeo", "dregsy"])
def test_the_example_gives_the_same_digests_and_the_same_summary(tmp_path, relay):
    by = machine(tmp_path, relay)
    registries = development_set(tmp_path / "state", MEANS)
    logins = {f"{name}_{part}": f"test{part.lower()}" for name in ("MASTER", "STAGING", "AWS")
              for part in ("USER", "PASSWORD")}  # fmt: skip
    try:
        registries.run("dev.registries", "start")
        example = Path(registries.run("dev.registries", "config").stdout.strip()).read_text()
        file = tmp_path / "sync.yml"
        file.write_text(f"{example}\nrelay: {relay}\ndefaults: {{referrers: false}}\n")
        environ = by.environ | logins | {"SOURCE_USER": "", "SOURCE_PASSWORD": ""}

        ran = run("-c", str(file), cwd=tmp_path, **environ)
        compared = registries.run("dev.digests", str(file))
    finally:
        registries.run("dev.registries", "stop")

    assert (ran.returncode, "11 copied in" in ran.stdout) == (0, True), ran.stdout + ran.stderr
    assert (compared.returncode, compared.stdout.count("  ok ")) == (0, 11), compared.stdout
    assert by.calls()
    shown = [ran.stdout, ran.stderr, *(call.processes for call in by.calls())]
    assert not any("testpassword" in text for text in shown)
