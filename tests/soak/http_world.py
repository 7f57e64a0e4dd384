"""A world of fakes that speak HTTP, under the whole product but its command line.

Which request comes first at a fake is the kernel's choice where several are under way: a seed gives
the same scenario and the same faults in the order of the requests, and mostly the same run.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests import images
from tests.fakes.registry import (
    Account,
    BasicAuth,
    BlobHost,
    FakeRegistry,
    Options,
    RandomFaults,
    TokenAuth,
    TokenIssuer,
)
from tests.soak.layout_snapshot import left_behind, stored_in
from tests.soak.left_open import unexcused
from tests.soak.snapshot import Stored
from tests.soak.world import Moved, others_image, stocked

from reposync.config import model
from reposync.wiring.run import sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.fakes.registry import Request
    from tests.fakes.registry.faults import Action
    from tests.soak.scenario import Scenario
    from tests.soak.snapshot import Snapshot
    from tests.soak.world import Place

    from reposync.sync.events import Listener

_ENVIRON = {"SOAK_USER": "user", "SOAK_PASSWORD": "word"}
_ACCOUNT = Account("user", "word")
_TOKEN_LIFE_S = 60


class HttpWorld:
    """See ``World``."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._registries: dict[str, FakeRegistry] = {}
        self._issuers: dict[str, TokenIssuer] = {}
        self._hosts: dict[str, BlobHost] = {}
        self._layouts: dict[str, Path] = {}
        self._faults: dict[str, RandomFaults] = {}
        self._open_before: frozenset[str] = frozenset()
        self._stack = AsyncExitStack()
        self._environ = dict(_ENVIRON)

    async def __aenter__(self) -> Self:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        ledger = str(Path(folder, "ledger.sqlite3")) if self._scenario.ledger else ""
        self._environ["REPOSYNC_LEDGER"] = ledger
        for key, character in self._scenario.characters.items():
            if character.layout:
                self._layouts[key] = Path(folder, character.layout)
                continue
            registry = FakeRegistry(await self._options(key))
            self._registries[key] = await self._stack.enter_async_context(registry)
        for shelf in stocked(self._scenario):
            repository = self._registries[shelf.registry].repository(shelf.repository)
            images.fill(repository, shelf.graph, *shelf.tags)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self, listener: Listener) -> None:
        """See ``World``."""
        random.seed(self._scenario.seed)
        await sync(
            self._config(),
            self._environ,
            parallel_sync_tasks=self._scenario.images_at_once,
            listener=listener,
        )

    def move(self) -> None:
        """See ``World``."""
        for shelf in self._scenario.moves:
            repository = self._registries[shelf.registry].repository(shelf.repository)
            images.fill(repository, shelf.graph, *shelf.tags)

    def set_tags(self, tags: Iterable[Place]) -> None:
        """See ``World``."""
        for place in tags:
            key, repository, tag = place
            images.fill(self._registries[key].repository(repository), others_image(place), tag)

    def go_wrong(self, rng: random.Random, rate: float) -> None:
        """See ``World``."""
        for key, registry in self._registries.items():
            issuer = self._issuers.get(key)
            lost_tokens = partial(issuer.revoke_all) if issuer is not None else None
            self._faults[key] = RandomFaults(random.Random(rng.random()), rate, lost_tokens)
            registry.fail_by_chance(self._faults[key])
            if key in self._hosts:
                self._hosts[key].fail_by_chance(self._faults[key])

    def heal(self) -> None:
        """See ``World``."""
        self._faults.clear()
        for host in self._hosts.values():
            host.behave()
        for registry in self._registries.values():
            registry.behave()
            registry.plug_in()
            registry.log.clear()
        self._open_before = frozenset(
            upload for registry in self._registries.values() for upload in registry.open_uploads
        )

    def unplug(self) -> None:
        """See ``World``."""
        for registry in self._registries.values():
            registry.unplug()

    def snapshot(self) -> Snapshot:
        """See ``World``."""
        at_registries = {
            (key, name): Stored(
                dict(repository.tags),
                {digest: each.content for digest, each in repository.manifests.items()},
                {digest: registry.contents[digest] for digest in repository.blobs},
            )
            for key, registry in self._registries.items()
            for name, repository in registry.repositories.items()
        }
        in_layouts = {
            (key, name): stored
            for key, path in self._layouts.items()
            for name, stored in stored_in(path).items()
        }
        return at_registries | in_layouts

    def left_open(self, *, has_company: bool) -> list[str]:
        """See ``World``."""
        uploads = [
            f"{key}: {upload}"
            for key, registry in self._registries.items()
            for upload in unexcused(
                registry, self._open_before, self._struck(key), has_company=has_company
            )
        ]
        return uploads + [
            f"{key}: {name}" for key, path in self._layouts.items() for name in left_behind(path)
        ]

    def written(self) -> list[str]:
        """See ``World``."""
        return [
            f"{key}: {request.method} {request.path}"
            for key, request in self._requests("")
            if request.method not in {"GET", "HEAD"}
        ]

    def sent(self) -> list[Moved]:
        """See ``World``."""
        return [
            Moved(key, _repository(request), digest)
            for key, request in self._requests("/blobs/uploads/")
            if request.method in {"POST", "PUT"}
            and request.status == 201
            and (digest := _asked(request, "digest"))
        ]

    def read(self) -> list[Moved]:
        """See ``World``."""
        return [
            Moved(key, _repository(request), request.path.rpartition("/")[2])
            for key, request in self._requests("/blobs/sha")
            if key in self._scenario.sources and request.method == "GET" and request.status < 400
        ]

    def struck(self) -> list[str]:
        """See ``World``."""
        return [
            f"{key}: {method} {path}: {action}"
            for key in self._faults
            for method, path, action in self._struck(key)
        ]

    def _struck(self, key: str) -> list[tuple[str, str, Action]]:
        return self._faults[key].struck if key in self._faults else []

    def _requests(self, path: str) -> Iterator[tuple[str, Request]]:
        for key, registry in self._registries.items():
            for request in registry.requests("", path):
                yield key, request

    async def _options(self, key: str) -> Options:
        character = self._scenario.characters[key]
        host = BlobHost() if character.has_blob_host else None
        if host is not None:
            self._hosts[key] = await self._stack.enter_async_context(host)
        return Options(**character.options, auth=self._auth(key), blob_host=host)

    def _auth(self, key: str) -> BasicAuth | TokenAuth | None:
        kind = self._scenario.characters[key].auth
        if kind == "token":
            clock = asyncio.get_running_loop().time
            issuer = TokenIssuer((_ACCOUNT,), ttl_s=_TOKEN_LIFE_S, clock=clock)
            self._issuers[key] = issuer
            return TokenAuth(issuer)
        return BasicAuth((_ACCOUNT,)) if kind == "basic" else None

    def _config(self) -> model.Config:
        registries = {
            key: model.Registry(
                url=registry.host,
                skip_tls_verify=True,
                env_user="SOAK_USER",
                env_password="SOAK_PASSWORD",
            )
            for key, registry in self._registries.items()
        }
        for key, path in self._layouts.items():
            registries[key] = model.Registry(url=f"oci:{path}")
        return model.Config(registries=registries, stages=self._scenario.stages)


def _repository(request: Request) -> str:
    return request.path.removeprefix("/v2/").partition("/blobs/")[0]


def _asked(request: Request, name: str) -> str:
    pairs = [part.partition("=") for part in request.query.split("&")]
    return next((text.replace("%3A", ":") for key, _, text in pairs if key == name), "")
