"""Registries side by side, real ones and fakes, and runs between them.

A ``Site`` is a registry as a test sees it: where it is, what it was asked, and what an independent
reader finds there. What is at a source was pushed with the standard library alone.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tests import images
from tests.fakes.registry import FakeRegistry, Options
from tests.images import AMD64, ARM64
from tests.servers.reader import Reader
from tests.servers.recorder import recording

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.oci.digest import Digest
from reposync.oci.media_type import OCI_INDEX, OCI_MANIFEST
from reposync.oci.platform import Platform
from reposync.plan.codec import encode
from reposync.report.summary import SummaryBuilder
from reposync.sync.events import ImageEnded
from reposync.wiring import applying
from reposync.wiring import run as wiring
from reposync.wiring.applying import read_plan
from reposync.wiring.planning import PlanRequest, make_plan

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from tests.images import Graph, Piece
    from tests.servers.docker_registry import DockerRegistry

    from reposync.copy.outcome import Outcome, Status
    from reposync.decision import Decision
    from reposync.plan.document import Plan
    from reposync.report.summary import Summary
    from reposync.sync.events import Event

Asked = list[tuple[str, str]]
CONFIG_DIGEST = Digest.of(b"the file")
S390X = Platform("linux", "s390x")
KINDS = ("docker-registry", "api", "html")
"""A real registry, which has no referrers API; a fake that has it; a fake with a page there."""
_KINDS_OF_API: Mapping[str, bool | Literal["html", "unknown"]] = {
    "api": True,
    "html": "html",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A registry: ``asked`` are all requests since ``forget``, but those that look for TLS.

    ``has_api`` tells whether it lists referrers itself.
    """

    url: str
    asked: Callable[[], Asked]
    forget: Callable[[], None]
    has_api: bool = False

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]

    @property
    def settings(self) -> Registry:
        """What the file says of it."""
        return Registry(url=self.host, skip_tls_verify=True)

    def reader(self, repository: str) -> Reader:
        """Read there with the standard library alone; in a thread, from a fake."""
        return Reader(self.url, repository)

    async def family(self, repository: str, name: str = "1") -> dict[str, bytes]:
        """Get all manifests that belong to *name*; see ``Reader.family``."""
        return await asyncio.to_thread(self.reader(repository).family, name)

    async def publish(self, repository: str, graphs: Sequence[Graph], *tags: str) -> None:
        """Push *graphs*, the first under *tags*, and list those with a subject."""
        await asyncio.to_thread(publish, self.url, repository, graphs, *tags)


@contextmanager
def real(registry: DockerRegistry) -> Iterator[Site]:
    """Return a real registry behind a recorder."""
    with recorded(registry.url) as opened:
        yield opened


@contextmanager
def recorded(url: str, *, has_api: bool = False) -> Iterator[Site]:
    """Return the registry at *url* behind a recorder."""
    with recording(url) as recorder:
        yield Site(recorder.url, lambda: recorder.asked, recorder.clear, has_api)


@asynccontextmanager
async def fake(options: Options | None = None) -> AsyncIterator[Site]:
    """Run a fake in this loop."""
    options = options or Options()
    async with FakeRegistry(options) as registry:

        def asked() -> Asked:
            every = [(request.method, request.path) for request in registry.requests()]
            return [each for each in every if each[1] != "/v2/"]

        yield Site(registry.url, asked, registry.log.clear, options.referrers_api is True)


@asynccontextmanager
async def site(kind: str, registry: DockerRegistry) -> AsyncIterator[Site]:
    """Open a registry of one of ``KINDS``, or one to whose API each image is ``unknown``."""
    async with AsyncExitStack() as stack:
        if kind == "docker-registry":
            yield stack.enter_context(real(registry))
        else:
            options = Options(referrers_api=_KINDS_OF_API[kind])
            yield await stack.enter_async_context(fake(options))


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run told: the summary, and how each image ended by its place at a destination."""

    summary: Summary
    outcomes: dict[str, Outcome]
    decisions: tuple[Decision, ...] = ()

    @property
    def statuses(self) -> dict[str, Status]:
        """How each ended; by tag or digest, where no two destinations have the same."""
        return {name.rpartition("/")[2]: one.status for name, one in self.outcomes.items()}

    def only(self) -> Outcome:
        """Return the outcome of a run with one."""
        (outcome,) = self.outcomes.values()
        return outcome


async def sync(config: Config, environ: Mapping[str, str] | None = None) -> Ran:
    """Run all stages; without *environ* nothing is remembered from run to run."""
    heard = _Heard()
    await wiring.sync(config, environ or {}, parallel_sync_tasks=100, listener=heard)
    return heard.ran()


async def planned(
    config: Config, environ: Mapping[str, str] | None = None, *, sizes: bool = False
) -> Plan:
    """Plan all stages."""
    request = PlanRequest(CONFIG_DIGEST, sizes=sizes)
    made, _ = await make_plan(config, environ or {}, request, images_at_once=100, listener=_Heard())
    return made


async def applied(config: Config, made: Plan, environ: Mapping[str, str] | None = None) -> Ran:
    """Do what a plan says, once it was written and read."""
    heard = _Heard()
    read = read_plan(encode(made), config, CONFIG_DIGEST)
    await applying.apply(config, environ or {}, read, parallel_sync_tasks=100, listener=heard)
    return heard.ran()


class _Heard:
    def __init__(self) -> None:
        self._builder = SummaryBuilder()
        self._outcomes: dict[str, Outcome] = {}
        self._decisions: list[Decision] = []

    def __call__(self, event: Event) -> None:
        self._builder(event)
        if isinstance(event, ImageEnded):
            self._outcomes.update((str(one.destination), one) for one in event.outcomes)
            self._decisions += event.decisions

    def ran(self) -> Ran:
        return Ran(self._builder.build(), self._outcomes, tuple(self._decisions))


def mirror(source: Site, repository: str, *destinations: Site, **options: Any) -> Config:
    """Write a file of one stage: *repository* to the same name at each of *destinations*.

    *options* are keys of the stage; ``to`` is another name at the destinations, ``exclude`` is
    beside the source's repository.
    """
    there = options.pop("to", repository)
    exclude = options.pop("exclude", ())
    keys = [f"there{number}" for number in range(len(destinations))]
    stage = Stage(
        source=Source(source="here", repository=repository, exclude=exclude),
        rules=tuple(Rule(destination=key, repository=there) for key in keys),
        **options,
    )
    settings = {key: each.settings for key, each in zip(keys, destinations, strict=True)}
    return Config(registries={"here": source.settings, **settings}, stages=(stage,))


def family(seed: str) -> list[Graph]:
    """Make an index of three platforms, and what points to it, the index first.

    Two signatures on one child, an SBOM on the index, a signature on the SBOM.
    """
    index = three_platforms(seed)
    child = images.manifest(index.root).manifests[0]
    signatures = [images.artifact(f"{seed}/sig{n}", subject=child) for n in range(2)]
    sbom = images.artifact(f"{seed}/sbom", subject=index.root.descriptor)
    on_sbom = images.artifact(f"{seed}/sig-sbom", subject=sbom.root.descriptor)
    return [index, *signatures, sbom, on_sbom]


def three_platforms(seed: str) -> Graph:
    """Make an index of images that differ in architecture."""
    platforms = (AMD64, ARM64, S390X)
    built = [images.image(f"{seed}/{each}", platform=each) for each in platforms]
    return images.index(*built, platforms=platforms)


def publish(url: str, repository: str, graphs: Sequence[Graph], *tags: str) -> None:
    """Push *graphs*, the first under *tags*; where there is no API, write the lists of referrers.

    What was listed before is replaced.
    """
    first, *others = graphs
    images.push_graph(url, repository, first, *tags)
    listed: dict[str, list[Graph]] = {}
    for graph in others:
        images.push_graph(url, repository, graph)
        subject = images.manifest(graph.root).subject
        if subject is not None:
            listed.setdefault(subject.digest, []).append(graph)
    for subject_digest, referrers in listed.items():
        if not Reader(url, repository).has_api(subject_digest):
            write_list(url, repository, subject_digest, referrers)


def write_list(url: str, repository: str, subject: str, referrers: Sequence[Graph]) -> None:
    """Put a list of *referrers* behind the fallback tag of *subject*."""
    entries = [
        _described(graph.root) | {"artifactType": images.manifest(graph.root).artifact_type}
        for graph in referrers
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    piece = images.piece(json.dumps(document).encode(), OCI_INDEX)
    images.push_graph(url, repository, images.Graph((), (piece,)), subject.replace(":", "-", 1))


def dated_image(seed: str, created: dt.datetime | None, platform: Platform = images.AMD64) -> Graph:
    """Make an image whose configuration says that it was *created* then, or nothing of it."""
    parts = {"os": platform.os, "architecture": platform.architecture}
    time = {"created": created.isoformat()} if created else {}
    config = images.piece(json.dumps({**parts, **time, "seed": seed}).encode(), images.OCI_CONFIG)
    layer = images.blob(seed)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _described(config),
        "layers": [_described(layer)],
    }
    root = images.piece(json.dumps(document).encode(), OCI_MANIFEST)
    return images.Graph((config, layer), (root,))


def _described(piece: Piece) -> dict[str, Any]:
    descriptor = piece.descriptor
    return {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
