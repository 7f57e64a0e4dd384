"""Chains of stages over real registries: one run brings all to their ends.

Each begins with a stage that lists the intermediate repositories before anything is written to
them. What arrived is read by the standard library, and by skopeo.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.integration.sites import family, publish, sync
from tests.servers.reader import Reader
from tests.servers.skopeo import skopeo_digest, skopeo_tags

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.images import Graph
    from tests.servers.docker_registry import DockerRegistry
    from tests.servers.olareg import Olareg

SUFFIXES = ("sig", "att", "sbom")
MIDDLE, NEAR_END, END = "middle", "near-end", "end"


@dataclass(frozen=True, slots=True)
class Chain:
    """Repositories below *name* of one real registry."""

    registry: DockerRegistry | Olareg
    name: str

    def reader(self, repository: str) -> Reader:
        return Reader(self.registry.url, f"{self.name}/{repository}")

    async def publish(self, repository: str, graphs: Sequence[Graph], *tags: str) -> None:
        place = f"{self.name}/{repository}"
        await asyncio.to_thread(publish, self.registry.url, place, graphs, *tags)

    async def publish_signed(self, repository: str, graphs: Sequence[Graph], tag: str) -> set[str]:
        """Push an image with what points to it, and cosign's tags for it and a child."""
        await self.publish(repository, graphs, tag)
        index = graphs[0]
        child = images.manifest(index.root).manifests[0].digest
        tags = {cosign(digest, each) for digest in (index.digest, child) for each in SUFFIXES}
        for each in tags:
            await self.publish(repository, [images.artifact(f"{self.name}/{each}")], each)
        return {tag, *tags}

    async def run(self, *stages: Stage, layout: str = ""):
        host = self.registry.url.partition("://")[2]
        registries = {
            "one": Registry(url=host, skip_tls_verify=True),
            "disk": Registry(url=layout or "oci:unused"),
        }
        ran = await sync(Config(registries=registries, stages=stages))
        assert not ran.summary.failures
        return ran

    def stage(
        self, source: str, destination: str, *tags: str, after: Sequence[str] = (), name: str = ""
    ) -> Stage:
        """Copy *tags*; without *name* the destination is the stage's; ``disk:`` is a layout."""
        (here, read), (there, written) = self._place(source), self._place(destination)
        return Stage(
            source=Source(source=here, repository=read),
            rules=(Rule(destination=there, repository=written, tags=tags),),
            id=name or destination,
            depends_on=tuple(after),
        )

    def _place(self, repository: str) -> tuple[str, str]:
        if repository == "disk:":
            return "disk", "middle"
        return "one", f"{self.name}/{repository}"

    async def check(self, source: str, tag: str, names: set[str]) -> None:
        """Compare the end with *source*: all that belongs to *tag*, and what *names* are there."""
        here, there = self.reader(source), self.reader(END)
        for each in sorted(names):
            reference = f"{there.url.partition('://')[2]}/{there.repository}:{each}"
            found = await asyncio.to_thread(skopeo_digest, reference)
            assert found == await asyncio.to_thread(here.digest, each)
        expected = await asyncio.to_thread(here.family, tag)
        assert await asyncio.to_thread(there.family, tag) == expected

    async def tags(self) -> set[str]:
        host = self.registry.url.partition("://")[2]
        return set(await asyncio.to_thread(skopeo_tags, f"{host}/{self.name}/{END}"))


@pytest.fixture(params=["plain_registry", "distribution3_registry", "olareg_registry"])
async def chain(request, name):
    """Let the intermediate repositories hold old images."""
    chain = Chain(request.getfixturevalue(request.param), name)
    for each in (MIDDLE, NEAR_END):
        old = images.image(f"{name}/old")
        await chain.publish(each, [old], "old")
        await chain.publish(each, [images.artifact(f"{name}/old/sig")], cosign(old.digest, "sig"))
    return chain


def cosign(digest: str, suffix: str) -> str:
    return f"{digest.replace(':', '-')}.{suffix}"


def listed_first(chain):
    """Copy old images from where the other stages write."""
    return [chain.stage(MIDDLE, "old", "old"), chain.stage(NEAR_END, "older", "old")]


def three_stages(chain, source="hub"):
    return [
        chain.stage(source, MIDDLE, "1", after=("old", "older")),
        chain.stage(MIDDLE, NEAR_END, "1", after=(MIDDLE,)),
        chain.stage(NEAR_END, END, "1", after=(NEAR_END,)),
    ]


async def test_one_run_brings_signatures_and_referrers_through_three_stages(chain):
    names = await chain.publish_signed("hub", family(chain.name), "1")
    await chain.run(*listed_first(chain), *three_stages(chain))
    await chain.check("hub", "1", names)
    again = await chain.run(*listed_first(chain), *three_stages(chain))
    assert set(again.statuses.values()) == {Status.UP_TO_DATE}


async def test_one_run_brings_what_came_later_through_three_stages(chain):
    graphs = family(chain.name)
    await chain.publish("hub", graphs[:1], "1")
    await chain.run(*listed_first(chain), *three_stages(chain))
    names = await chain.publish_signed("hub", [graphs[0], *graphs[3:]], "1")
    child = images.manifest(graphs[0].root).manifests[0].digest
    names -= {cosign(child, each) for each in SUFFIXES}  # nothing is asked of children any more
    await chain.run(*listed_first(chain), *three_stages(chain))
    await chain.check("hub", "1", names)


async def test_two_stages_that_write_one_repository_are_both_seen_by_a_third(chain):
    ours = await chain.publish_signed("ours", family(f"{chain.name}/ours"), "1")
    theirs = await chain.publish_signed("theirs", family(f"{chain.name}/theirs"), "2")
    left = chain.stage("ours", MIDDLE, "1", after=("old",))
    right = chain.stage("theirs", MIDDLE, "2", after=("old",), name="right")
    last = chain.stage(MIDDLE, END, "1", "2", after=(MIDDLE, "right"))
    await chain.run(*listed_first(chain), left, right, last)
    await chain.check("ours", "1", ours)
    await chain.check("theirs", "2", theirs)


async def test_what_a_stage_wrote_is_selected_by_the_next_signatures_among_it(chain):
    names = await chain.publish_signed("hub", family(chain.name), "1")
    first, second, _ = three_stages(chain)
    everything = chain.stage(NEAR_END, END, after=(NEAR_END,))
    await chain.run(*listed_first(chain), first, second, everything)
    await chain.check("hub", "1", names)
    assert names < await chain.tags()


@pytest.mark.parametrize("form", ["disk", "disk.tar"])
async def test_one_run_brings_signatures_and_referrers_through_a_layout(chain, form, tmp_path):
    names = await chain.publish_signed("hub", family(chain.name), "1")
    await chain.run(
        chain.stage(MIDDLE, "disk:", "old", name="fill"),
        chain.stage("disk:", "old", "old", after=("fill",)),
        chain.stage("hub", "disk:", "1", after=("old",), name="mirror"),
        chain.stage("disk:", END, "1", after=("mirror",)),
        layout=f"oci:{tmp_path}/{form}",
    )
    await chain.check("hub", "1", names)
