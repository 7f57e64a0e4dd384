"""Worlds: a scenario come to life, to run in, to go wrong, and to be looked at.

Two kinds with one face: fakes behind real sockets under the whole product but its command line, and
memory registries under its engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from tests import images
from tests.soak.scenario import Shelf

from reposync.oci.referrers import fallback_tag

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from tests.soak.scenario import Scenario
    from tests.soak.snapshot import Snapshot

    from reposync.sync.events import Listener

_LIST = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True, slots=True)
class Moved:
    """A blob that was sent to, or read from, a repository of a registry."""

    registry: str
    repository: str
    digest: str


Place = tuple[str, str, str]
"""The key of a registry, a repository and a tag."""


def others_image(place: Place) -> images.Graph:
    """Return the image that another client puts there."""
    return images.image(f"other/{'/'.join(place)}")


class World(Protocol):
    """Registries, and runs over them; an async context as long as they live."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def run(self, listener: Listener) -> None:
        """Do what the scenario asks for."""
        ...

    def move(self) -> None:
        """Let the source have what the scenario moves there."""
        ...

    def set_tags(self, tags: Iterable[Place]) -> None:
        """Let another client have each of *tags* name another image."""
        ...

    def go_wrong(self, rng: random.Random, rate: float) -> None:
        """Let *rate* of all requests fail from now on."""
        ...

    def heal(self) -> None:
        """Let all go well from now on, and begin the journals anew."""
        ...

    def unplug(self) -> None:
        """Let nothing more come about that the run asks for."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what every place holds."""
        ...

    def left_open(self, *, has_company: bool) -> list[str]:
        """Name the uploads opened since the last ``heal`` that could have been given up."""
        ...

    def written(self) -> list[str]:
        """Return what changed something, or tried to, since the last ``heal``."""
        ...

    def sent(self) -> list[Moved]:
        """Return which blobs were sent since the last ``heal``."""
        ...

    def read(self) -> list[Moved]:
        """Return which blobs were read since then, from registries that nothing is written to."""
        ...

    def struck(self) -> list[str]:
        """Return what went wrong, for people."""
        ...


def stocked(scenario: Scenario) -> Iterator[Shelf]:
    """Return all content of the world, including the referrer lists of old registries."""
    yield from scenario.shelves
    for key, character in scenario.characters.items():
        if not character.referrers_api:
            yield from _lists(key, [each for each in scenario.shelves if each.registry == key])


def _lists(registry: str, shelves: list[Shelf]) -> Iterator[Shelf]:
    entries: dict[tuple[str, str], list[dict[str, object]]] = {}
    for shelf in shelves:
        manifest = shelf.graph.root_manifest
        if manifest.subject is not None:
            entry = {
                "mediaType": manifest.descriptor.media_type,
                "digest": manifest.digest,
                "size": manifest.descriptor.size,
                "artifactType": manifest.artifact_type,
            }
            place = (shelf.repository, fallback_tag(manifest.subject.digest))
            entries.setdefault(place, []).append(entry)
    for (repository, tag), listed in entries.items():
        document = {"schemaVersion": 2, "mediaType": _LIST, "manifests": listed}
        content = json.dumps(document).encode()
        graph = images.Graph((), (images.piece(content, _LIST),))
        yield Shelf(registry, repository, graph, (tag,))
