"""Verifying real registries whose storage somebody has damaged."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.e2e.command import COMMAND
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.integration.sites import Site, family, mirror, real, sync, three_platforms

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.oci.media_type import OCI_MANIFEST
from reposync.oci.referrers import cosign_tags, fallback_tag
from reposync.verify.depth import Depth
from reposync.wiring.verify import Request, verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.docker_registry import DockerRegistry

    from reposync.verify.result import Verification

GIB = 1024**3


async def verified(config: Config, depth: Depth = Depth.BLOBS) -> Verification:
    return await verify(config, {}, Request(depth), lambda _: None)


def told(result: Verification) -> list[tuple[str, str]]:
    return [(each.kind.value, each.digest) for each in result.differences]


@dataclass(frozen=True)
class Storage:
    """What a registry of distribution has in its file system of one repository."""

    registry: DockerRegistry
    name: str

    @property
    def repository(self) -> Path:
        root = self.registry.directory / "data/docker/registry/v2/repositories"
        return root / self.name

    def remove_manifest(self, digest: str) -> None:
        algorithm, _, encoded = digest.partition(":")
        shutil.rmtree(self.repository / "_manifests/revisions" / algorithm / encoded)

    def remove_tag(self, tag: str) -> None:
        shutil.rmtree(self.repository / "_manifests/tags" / tag)

    def move_tag(self, tag: str, digest: str) -> None:
        (self.repository / "_manifests/tags" / tag / "current/link").write_text(digest)

    def remove_blob(self, digest: str) -> None:
        algorithm, _, encoded = digest.partition(":")
        shutil.rmtree(self.repository / "_layers" / algorithm / encoded)

    def write_blob(self, digest: str, content: bytes) -> None:
        self.registry.blob_file(digest).write_bytes(content)


@pytest.fixture(params=["docker-registry", "registry3"])
def storage(request, other_registry, name) -> Storage:
    if request.param == "registry3":
        return Storage(request.getfixturevalue("distribution3_registry"), name)
    return Storage(other_registry, name)


@pytest.fixture
def damaged(storage):
    """Return the registry that is damaged, behind a recorder."""
    with real(storage.registry) as site:
        yield site


def other_name(storage, graph):
    """Add an image of another repository, which has it in common with none."""
    other = images.image(f"{storage.name}/other")
    images.push_graph(storage.registry.url, storage.name, other, "other")
    storage.move_tag("1", other.digest)
    return ("other_digest", graph.digest)


def without_tag(storage, graph):
    storage.remove_tag("1")
    return ("missing_tag", graph.digest)


def without_child(storage, graph):
    child = images.manifest(graph.root).manifests[1].digest
    storage.remove_manifest(child)
    return ("missing_manifest", child)


def without_blob(storage, graph):
    digest = graph.blobs[-1].digest
    storage.remove_blob(digest)
    return ("missing_blob", digest)


def without_data(storage, graph):
    digest = graph.blobs[-1].digest
    storage.registry.blob_file(digest).unlink()
    return ("missing_blob", digest)


def cut(storage, graph):
    blob = graph.blobs[-1]
    storage.write_blob(blob.digest, blob.content[: blob.size // 2])
    return ("wrong_length", blob.digest)


def emptied(storage, graph):
    blob = graph.blobs[-1]
    storage.write_blob(blob.digest, b"")
    return ("wrong_length", blob.digest)


def flipped(storage, graph):
    blob = graph.blobs[-1]
    storage.write_blob(blob.digest, bytes([blob.content[0] ^ 1]) + blob.content[1:])
    return ("wrong_bytes", blob.digest)


def flipped_manifest(storage, graph):
    child = graph.manifests[0]
    storage.write_blob(child.digest, child.content.replace(b"linux", b"Linux", 1) + b" ")
    return ("wrong_bytes", child.digest)


DAMAGES = [
    (without_tag, Depth.TAGS),
    (other_name, Depth.TAGS),
    (without_child, Depth.MANIFESTS),
    (without_blob, Depth.BLOBS),
    (without_data, Depth.BLOBS),
    (cut, Depth.BLOBS),
    (emptied, Depth.BLOBS),
    (flipped_manifest, Depth.BLOBS),
    (flipped, Depth.BYTES),
]


@pytest.mark.parametrize(("damage", "depth"), DAMAGES, ids=[one.__name__ for one, _ in DAMAGES])
async def test_damage_is_found_at_its_depth_and_named(here, damaged, storage, name, damage, depth):
    graph = three_platforms(name)
    await here.publish(name, [graph], "1")
    file = mirror(here, name, damaged, tags=("1",))
    await sync(file)
    assert told(await verified(file, Depth.BYTES)) == []
    expected = await asyncio.to_thread(damage, storage, graph)
    for each in Depth:
        result = await verified(file, each)
        assert not result.unchecked
        assert told(result) == ([expected] if each.includes(depth) else [])


def mended(storage, damaged_part, graph):
    """Do what the page advises about the storage of a damaged part."""
    kind, digest = damaged_part
    if kind in {"wrong_length", "wrong_bytes"}:
        storage.registry.blob_file(digest).unlink()
    if any(digest == part.digest for part in graph.manifests[:-1]):
        with suppress(FileNotFoundError):
            storage.remove_manifest(digest)
    if kind not in {"missing_tag", "other_digest"}:
        storage.remove_tag("1")


@pytest.mark.parametrize("damage", [one for one, _ in DAMAGES])
async def test_what_the_page_advises_mends_the_damage(here, damaged, storage, name, damage):
    graph = three_platforms(name)
    await here.publish(name, [graph], "1")
    file = mirror(here, name, damaged, tags=("1",))
    await sync(file)
    part = await asyncio.to_thread(damage, storage, graph)
    mended(storage, part, graph)
    assert not (await sync(file)).summary.failures
    assert told(await verified(file, Depth.BYTES)) == []


async def test_a_signature_that_was_removed_is_a_missing_referrer(here, damaged, storage, name):
    index, signature, *others = family(name)
    await here.publish(name, [index, signature, *others], "1")
    file = mirror(here, name, damaged, tags=("1",))
    await sync(file)
    assert told(await verified(file, Depth.BYTES)) == []
    storage.remove_manifest(signature.digest)
    assert told(await verified(file, Depth.TAGS)) == []
    assert told(await verified(file, Depth.MANIFESTS)) == [("missing_referrer", signature.digest)]
    subject = images.manifest(signature.root).subject
    assert subject is not None
    storage.remove_tag(fallback_tag(subject.digest))
    lacking = {signature.digest, others[0].digest}
    assert {*told(await verified(file))} == {("missing_referrer", each) for each in lacking}


async def test_a_cosign_tag_that_was_removed_is_a_missing_referrer(here, damaged, storage, name):
    image, signature = images.image(name), images.image(f"{name}/signature")
    tag = cosign_tags(image.digest)[0]
    await here.publish(name, [image], "1")
    await here.publish(name, [signature], tag)
    file = mirror(here, name, damaged, tags=("1",))
    await sync(file)
    assert told(await verified(file)) == []
    storage.remove_tag(tag)
    (difference,) = (await verified(file)).differences
    assert difference.destination.tag == tag
    assert told(await verified(file)) == [("missing_referrer", signature.digest)]


@pytest.mark.parametrize("depth", Depth)
async def test_nothing_but_get_and_head_is_sent(here, there, name, depth):
    await here.publish(name, family(name), "1")
    file = mirror(here, name, there, tags=("1", "2"))
    await sync(mirror(here, name, there, tags=("1",)))
    here.forget()
    there.forget()
    await verified(file, depth)
    for site in (here, there):
        assert {method for method, _ in site.asked()} <= {"GET", "HEAD"}


@pytest.mark.parametrize("referrers_api", [True, False])
async def test_a_registry_that_refuses_all_else_is_verified(name, referrers_api):
    async with FakeRegistry(Options(referrers_api=referrers_api)) as registry:
        graph = images.multi_platform(name)
        for repository in (name, f"{name}/copy"):
            images.fill(registry.repository(repository), graph, "1")
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            registry.fail(Fault(method, "", Answer(405), times=1000))
        site = Site(registry.url, list, registry.log.clear, referrers_api)
        file = mirror(site, name, site, to=f"{name}/copy")
        assert told(await verified(file, Depth.BYTES)) == []


async def test_a_hundred_tags_that_share_blobs_cost_one_head_for_each_blob(here, there, name):
    base = (images.blob(name, 5000),)
    for number in range(100):
        graph = images.image(f"{name}/{number}", layers=0, base=base)
        await here.publish(name, [graph], f"{number}")
    file = mirror(here, name, there)
    await sync(file)
    here.forget()
    there.forget()
    result = await verified(file)
    assert (told(result), result.images) == ([], 100)
    heads = [path for method, path in there.asked() if method == "HEAD"]
    of_blobs = [path for path in heads if "/blobs/" in path]
    assert len(of_blobs) == len(set(of_blobs)) == 101
    assert len([path for path in heads if "/manifests/" in path]) == 100
    assert [path for method, path in here.asked() if method == "GET" and "/blobs/" in path] == []
    assert len([path for method, path in here.asked() if method == "HEAD"]) == 100


async def test_a_layout_is_verified_and_stays_as_it_is(here, name, tmp_path):
    index = three_platforms(name)
    await here.publish(name, [index], "1")
    bundle = tmp_path / "bundle"
    stage = Stage(
        source=Source(source="here", repository=name),
        rules=(Rule(destination="there", repository=name),),
    )
    there = Registry(url=f"oci:{bundle}")
    file = Config(registries={"here": here.settings, "there": there}, stages=(stage,))
    await sync(file)
    before = {each: each.stat().st_mtime_ns for each in bundle.rglob("*")}
    assert told(await verified(file, Depth.BYTES)) == []
    child = index.manifests[0].digest
    blob = bundle / "blobs/sha256" / child.partition(":")[2]
    content = blob.read_bytes()
    blob.write_bytes(content.replace(b"linux", b"Linux") + b" ")
    assert told(await verified(file)) == [("wrong_bytes", child)]
    blob.unlink()
    assert told(await verified(file)) == [("missing_manifest", child)]
    blob.write_bytes(content)
    layer = bundle / "blobs/sha256" / index.blobs[0].digest.partition(":")[2]
    layer.write_bytes(b"")
    assert told(await verified(file)) == [("wrong_length", index.blobs[0].digest)]
    after = {each: each.stat().st_mtime_ns for each in bundle.rglob("*")}
    changed = {blob, layer, blob.parent}
    assert {path: time for path, time in after.items() if path not in changed} == {
        path: time for path, time in before.items() if path not in changed
    }


async def test_a_layout_that_is_not_there_is_unchecked(here, name, tmp_path):
    await here.publish(name, [images.image(name)], "1")
    stage = Stage(
        source=Source(source="here", repository=name),
        rules=(Rule(destination="there", repository=name),),
    )
    there = Registry(url=f"oci:{tmp_path}/none")
    file = Config(registries={"here": here.settings, "there": there}, stages=(stage,))
    result = await verified(file)
    assert (told(result), len(result.unchecked)) == ([], 1)
    assert not (tmp_path / "none").exists()


def store_large_image(storage: Storage) -> str:
    """Store an image with a layer of 1 GiB of zeros, which takes no room; return its digest."""
    zeros, hashed = bytes(1024 * 1024), hashlib.sha256()
    for _ in range(GIB // len(zeros)):
        hashed.update(zeros)
    digest = f"sha256:{hashed.hexdigest()}"
    data = storage.registry.blob_file(digest)
    data.parent.mkdir(parents=True, exist_ok=True)
    with data.open("wb") as file:
        file.truncate(GIB)
    link = storage.repository / "_layers/sha256" / hashed.hexdigest() / "link"
    link.parent.mkdir(parents=True)
    link.write_text(digest)
    config = images.piece(b"{}", images.OCI_CONFIG)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": images.OCI_CONFIG, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": images.OCI_LAYER, "digest": digest, "size": GIB}],
    }
    root = images.piece(json.dumps(document).encode(), OCI_MANIFEST)
    images.push_graph(storage.registry.url, storage.name, images.Graph((config,), (root,)), "1")
    return digest


def test_memory_is_bounded_while_a_gibibyte_is_read(other_registry, name, tmp_path):
    storage = Storage(other_registry, name)
    store_large_image(storage)
    file = tmp_path / "cfg.yml"
    file.write_text(
        f"registries: {{r: {{url: 'http://{other_registry.host}'}}}}\n"
        f"stages: [{{from: {{source: r, repository: {name}}}, "
        f"to: [{{destination: r, repository: {name}/copy}}]}}]\n"
    )
    subprocess.run([COMMAND, "-c", file], check=True, capture_output=True)
    measure = (
        "import resource, subprocess, sys;"
        "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    verify_it = [COMMAND, "verify", "-c", file, "--depth", "bytes"]
    done = subprocess.run(
        ["python3", "-c", measure, *verify_it], check=True, capture_output=True, text=True
    )
    code, kilobytes = map(int, done.stdout.split())
    assert code == 0
    assert kilobytes < 120 * 1024


OPTIONS = {
    "all tags": {},
    "named": {"tags": ("1",)},
    "strip": {"tags": ("1",), "platforms": ("linux/amd64",)},
    "strip all tags": {"platforms": ("linux/amd64", "linux/arm64")},
    "no referrers": {"tags": ("1",), "referrers": False},
    "immutable": {"immutable": ("*",)},
    "never": {"overwrite": "never"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize(
    "sides",
    [
        ("docker-registry", "docker-registry"),
        ("api", "api"),
        ("api", "docker-registry"),
        ("docker-registry", "api"),
    ],
    indirect=True,
    ids="-".join,
)
async def test_what_a_run_has_copied_is_identical(sides, name, options):
    source, destination = sides
    index, *others = family(name)
    await source.publish(name, [index, *others], "1", "2")
    signature = images.image(f"{name}/signature")
    await source.publish(name, [signature], cosign_tags(index.digest)[0])
    await source.publish(name, [images.attested(name)], "3")
    file = mirror(source, name, destination, **options)
    ran = await sync(file)
    assert not ran.summary.failures
    for depth in Depth:
        result = await verified(file, depth)
        assert (result.differences, result.unchecked) == ((), ())
        assert sum(tally.counts["right"] for tally in result.tallies) == result.images > 0


async def test_an_image_by_digest_and_one_of_a_pattern_are_identical(here, there, name):
    graph = images.multi_platform(name)
    await here.publish(name, [graph], "1")
    by_digest = mirror(here, name, there, tags=(graph.digest, f"pinned@{graph.digest}"))
    await sync(by_digest)
    result = await verified(by_digest, Depth.BYTES)
    assert (told(result), result.images, result.unchecked) == ([], 2, ())
    pattern = mirror(here, f"{name}*", there, to="copy/{repository}", tags=("1",))
    assert [each.kind.value for each in (await verified(pattern)).differences] == ["missing_tag"]
    await sync(pattern)
    result = await verified(pattern, Depth.BYTES)
    assert (told(result), result.images, result.unchecked) == ([], 1, ())


@pytest.mark.parametrize("careless", ["olareg"], indirect=True)
async def test_what_a_sparse_index_leaves_out_is_not_expected(here, careless, name):
    await here.publish(name, family(name), "1")
    sparse = {"platforms": ("linux/amd64",), "platform_mode": "sparse"}
    file = mirror(here, name, careless, tags=("1",), **sparse)
    await sync(file)
    for depth in Depth:
        result = await verified(file, depth)
        assert (told(result), result.unchecked) == ([], ())
    whole = mirror(here, name, careless, tags=("1",))
    kinds = [kind for kind, _ in told(await verified(whole))]
    assert kinds == ["missing_manifest"] * 2
