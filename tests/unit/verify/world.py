"""A world of memory registries, and verifications of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import images
from tests.fakes.store import MemoryRegistry

from reposync.copy.admission import Admission
from reposync.copy.copy_rule import CopyRule
from reposync.copy.digest_tags import DigestTags
from reposync.copy.parts import Parts
from reposync.copy.referrer_rule import ReferrerRule
from reposync.oci.reference import Reference
from reposync.retry import Retrier, RetryPolicy
from reposync.selection.parsing import parse
from reposync.sync.discovery import Discovery, Only
from reposync.sync.stages import Place, Rule, Stage
from reposync.verify.blobs import BlobChecker
from reposync.verify.depth import Depth
from reposync.verify.graph import GraphChecker
from reposync.verify.images import ImageChecker
from reposync.verify.manifests import Manifests
from reposync.verify.referrers import ReferrerChecker
from reposync.verify.run import Verifier
from reposync.verify.sampling import Share

if TYPE_CHECKING:
    from reposync.sync import events

READING = {
    "resolve",
    "fetch_manifest",
    "open_blob",
    "blob_size",
    "list_tags",
    "list_referrers",
    "list_repositories",
}
ALL = ReferrerRule()


class World:
    """Registries by name; ``app`` of hub goes to ``app`` of master unless a test says otherwise."""

    def __init__(self) -> None:
        self.registries = {name: MemoryRegistry(name) for name in ("hub", "master", "staging")}
        self.events: list[events.Event] = []
        self.only: Only | None = None

    @property
    def hub(self):
        return self.registries["hub"].repository("app")

    @property
    def master(self):
        return self.registries["master"].repository("app")

    def source(self, place: Place):
        return self.registries[place.registry_key].repository(place.reference.repository)

    destination = inspected = source

    def catalog(self, registry_key: str) -> MemoryRegistry:
        return self.registries[registry_key]

    def publish(self, graph, *tags: str) -> None:
        """Put *graph* at both sides, so that nothing differs."""
        for repository in (self.hub, self.master):
            images.fill(repository, graph, *tags)

    async def verify(self, *stages: Stage, depth: Depth = Depth.BLOBS, share: Share | None = None):
        self.events.clear()
        for registry in self.registries.values():
            registry.calls.clear()
        tags, manifests = DigestTags(), Manifests()
        retrier = Retrier(RetryPolicy(tries=1))
        blobs = BlobChecker(depth, Admission(4), retrier, self.events.append)
        graph = GraphChecker(depth, manifests, blobs, Parts())
        checker = ImageChecker(depth, manifests, graph, ReferrerChecker(tags, graph, manifests))
        discovery = Discovery(self, tags, self.only)
        verifier = Verifier(self, discovery, checker, self.events.append, images_at_once=100)
        return await verifier.execute(stages or (mirror(),), share or Share())

    def operations(self, name: str) -> list[str]:
        return [call.operation for call in self.registries[name].calls]


def place(registry: str, repository: str = "app") -> Place:
    return Place(registry, Reference(registry, repository))


def rule(destination: Place, *selectors: str, **copy) -> Rule:
    return Rule(destination, tuple(map(parse, selectors)), CopyRule(**copy))


def mirror(*selectors: str, to: str = "master", name: str = "s", **copy) -> Stage:
    return Stage(name, place("hub"), (rule(place(to), *selectors, **copy),))


def told(result) -> list[tuple[str, str]]:
    """Return the differences as texts, without the registry's name and the digests."""
    return [
        (str(each.destination).partition("/")[2], each.kind.value) for each in result.differences
    ]
