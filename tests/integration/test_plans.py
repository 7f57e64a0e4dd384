"""Plans at registries that answer over HTTP: they only read, and say what a run does."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    FakeRegistry,
    Fault,
    Meanwhile,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.integration.sites import (
    KINDS,
    applied,
    fake,
    family,
    mirror,
    planned,
    real,
    sync,
    three_platforms,
)

from reposync.config.model import Config, Registry, Rule, Source, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.integration.sites import Site
    from tests.servers.docker_registry import DockerRegistry

    from reposync.decision import Decision
    from reposync.plan.document import Plan

SIDES = [(kind, kind) for kind in KINDS]
PULLER = Account("reader", "password", actions=frozenset({"pull"}))


def actions(plan: Plan) -> dict[str, str]:
    return {str(each.destination).rpartition("/")[2]: each.action.value for each in plan.decisions}


def told(decisions: Iterable[Decision]) -> list[tuple[str | None, ...]]:
    """Return what a plan and a run must agree on; a run learns a stripped digest as it copies."""
    return sorted(
        (
            each.stage,
            str(each.source),
            str(each.destination),
            each.action.value,
            str(each.source_digest),
            str(each.found_digest),
        )
        for each in decisions
    )


def methods(*sites: Site) -> set[str]:
    return {method for site in sites for method, _ in site.asked()}


def counted(*sites: Site) -> collections.Counter[tuple[str, str]]:
    asked: list[tuple[str, str]] = [each for site in sites for each in site.asked()]
    return collections.Counter(asked)


def _learns(asked: tuple[tuple[str, str], int]) -> bool:
    return "/referrers/" in asked[0][1]


def chain(hub: Site, staging: Site, prod: Site, name: str, **first: object) -> Config:
    """Copy hub to staging to prod; *first* are options of the first stage."""
    return Config(
        registries={
            "hub": hub.settings,
            "staging": staging.settings,
            "prod": prod.settings,
        },
        stages=(
            Stage(
                source=Source(source="hub", repository=name),
                rules=(Rule(destination="staging", repository=f"{name}/s"),),
                id="first",
                **first,  # type: ignore[arg-type]
            ),
            Stage(
                source=Source(source="staging", repository=f"{name}/s"),
                rules=(Rule(destination="prod", repository=f"{name}/p"),),
                id="second",
                depends_on=("first",),
            ),
            Stage(
                source=Source(source="prod", repository=f"{name}/p"),
                rules=(Rule(destination="staging", repository=f"{name}/last"),),
                id="third",
                depends_on=("second",),
            ),
        ),
    )


@pytest.mark.parametrize("sides", SIDES, indirect=True)
async def test_a_plan_sends_get_and_head_alone(sides: tuple[Site, Site], name: str):
    here, there = sides
    await here.publish(name, family(name), "1", "2")
    file = mirror(here, name, there)
    for site in sides:
        site.forget()
    for sizes in (False, True):
        plan = await planned(file, sizes=sizes)
        assert plan.counts["copy"] >= 2
    assert methods(here, there) <= {"GET", "HEAD"}


async def test_a_plan_works_where_everything_but_reading_is_refused(name: str):
    async with fake() as here, FakeRegistry() as there:
        await here.publish(name, family(name), "1")
        there.fail(
            *(
                Fault(method, "", Answer(405), times=None)
                for method in ("POST", "PUT", "PATCH", "DELETE")
            )
        )
        settings = Registry(url=there.host, skip_tls_verify=True)
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository=name),),
        )
        file = Config(registries={"here": here.settings, "there": settings}, stages=(stage,))
        assert actions(await planned(file, sizes=True)) == {f"{name[5:]}:1": "copy"}


async def test_a_plan_asks_for_the_right_to_pull_alone(name: str):
    issuer = TokenIssuer((PULLER,))
    async with fake() as here, FakeRegistry(Options(auth=TokenAuth(issuer))) as there:
        await here.publish(name, family(name), "1", "2")
        images.fill(there.repository(name), images.image("old"), "2")
        settings = Registry(url=there.host, skip_tls_verify=True, env_user="U", env_password="P")
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository=name),),
        )
        file = Config(registries={"here": here.settings, "there": settings}, stages=(stage,))
        environ = {"U": PULLER.user, "P": PULLER.password, "REPOSYNC_LEDGER": ""}
        plan = await planned(file, environ)
        assert actions(plan) == {f"{name[5:]}:1": "copy", f"{name[5:]}:2": "move"}
        queries = [each.query for each in there.requests("GET", "/token")]
        assert queries
        assert not [each for each in queries if "push" in each]


@pytest.mark.parametrize("sides", SIDES, indirect=True)
@pytest.mark.parametrize("stages", [1, 2])
async def test_a_plan_costs_what_a_run_costs_that_finds_all_up_to_date(
    sides: tuple[Site, Site], name: str, stages: int
):
    here, there = sides
    await here.publish(name, family(name), *(f"{number}" for number in range(100)))
    file = mirror(here, name, there)
    others = mirror(here, name, there, to=f"{name}/other")
    both = (*file.stages, *others.stages)
    file = Config(registries=file.registries, stages=both[:stages])
    await sync(file)
    asked = []
    for work in (sync, planned):
        for site in sides:
            site.forget()
        await work(file)
        # Which of two stages learns first what the registry has is up to chance.
        certain = [each for each in counted(*sides).items() if stages == 1 or not _learns(each)]
        asked.append(sorted(certain))
    assert asked[0] == asked[1]
    looked = sum(count for (method, _), count in asked[0] if method == "HEAD")
    assert looked == 200 * stages


@pytest.mark.parametrize("sides", SIDES, indirect=True)
@pytest.mark.parametrize("first", [{}, {"platforms": ("linux/amd64",)}], ids=["whole", "stripped"])
async def test_a_chain_is_planned_as_it_is_run(
    sides: tuple[Site, Site], name: str, first: dict[str, object]
):
    here, there = sides
    signature = images.artifact(f"{name}/cosign")
    index, *referrers = family(name)
    tag = f"sha256-{index.digest.encoded}.sig"
    await here.publish(name, [index, *referrers], "1", "2")
    await here.publish(name, [signature], tag)
    file = chain(here, there, here, name, **first)
    plan = await planned(file)
    assert plan.counts == {"copy": len(plan.decisions)}
    assert {each.stage for each in plan.decisions} == {"first", "second", "third"}
    ran = await sync(file)
    assert told(ran.decisions) == told(plan.decisions)
    assert {str(each.digest) for each in plan.decisions} == {
        str(one.digest) for one in ran.outcomes.values()
    }
    after = await planned(file)
    assert after.counts == {"up_to_date": len(plan.decisions)}


@pytest.mark.parametrize("sides", SIDES, indirect=True)
async def test_a_chain_that_is_applied_ends_as_one_that_is_run(sides: tuple[Site, Site], name: str):
    here, there = sides
    await here.publish(name, family(name), "1", "2")
    file = chain(here, there, here, name)
    ran = await applied(file, await planned(file))
    assert not ran.summary.failures
    assert await there.family(f"{name}/last") == await here.family(name)
    assert (await planned(file)).counts == {"up_to_date": 6}


async def test_repositories_that_a_pattern_finds_only_later_are_planned(name: str):
    async with fake() as here, fake() as there:
        await here.publish(f"{name}/a", [images.image("a")], "1")
        await here.publish(f"{name}/b", [images.image("b")], "1")
        first = Stage(
            source=Source(source="here", repository=f"{name}/*"),
            rules=(Rule(destination="there", repository="staging/{basename}"),),
            id="first",
        )
        second = Stage(
            source=Source(source="there", repository="staging/*"),
            rules=(Rule(destination="there", repository="prod/{basename}"),),
            id="second",
            depends_on=("first",),
        )
        file = Config(
            registries={"here": here.settings, "there": there.settings}, stages=(first, second)
        )
        plan = await planned(file)
        ran = await sync(file)
        assert told(ran.decisions) == told(plan.decisions)
        assert len(plan.decisions) == 4


@pytest.mark.parametrize("sides", SIDES, indirect=True)
async def test_an_image_that_lacks_a_referrer_alone_is_completed(
    sides: tuple[Site, Site], name: str
):
    here, there = sides
    index, *referrers = family(name)
    await here.publish(name, [index], "1")
    file = mirror(here, name, there)
    await sync(file)
    await here.publish(name, [index, *referrers], "1")
    plan = await planned(file)
    assert actions(plan) == {f"{name[5:]}:1": "complete"}
    there.forget()
    ran = await applied(file, plan)
    assert str(ran.only().status) in {"copied", "mounted"}
    assert not [
        path for method, path in there.asked() if path.endswith("/manifests/1") and method == "PUT"
    ]
    there.forget()
    again = await applied(file, plan)
    assert str(again.only().status) == "up to date"
    assert methods(there) <= {"GET", "HEAD"}


@pytest.mark.parametrize("sides", SIDES, indirect=True)
async def test_an_image_is_applied_by_its_digest_after_its_tag_moved(
    sides: tuple[Site, Site], name: str
):
    here, there = sides
    await here.publish(name, [three_platforms(name)], "1")
    file = mirror(here, name, there)
    plan = await planned(file)
    before = await here.family(name)
    await here.publish(name, [images.image(f"{name}/new")], "1")
    ran = await applied(file, plan)
    assert not ran.summary.failures
    assert await there.family(name) == before


@pytest.mark.parametrize("sides", SIDES, indirect=True)
@pytest.mark.parametrize("was_there", [False, True])
async def test_a_destination_that_moved_since_the_plan_is_left_alone(
    sides: tuple[Site, Site], name: str, was_there: object
):
    here, there = sides
    await here.publish(name, [images.image(f"{name}/right")], "1", "2")
    if was_there:
        await there.publish(name, [images.image(f"{name}/old")], "1")
    file = mirror(here, name, there)
    plan = await planned(file)
    await there.publish(name, [images.image(f"{name}/other")], "1")
    before = await there.family(name)
    ran = await applied(file, plan)
    assert [str(each.kind) for each in ran.summary.failures] == ["conflict"]
    assert await there.family(name) == before
    assert str(ran.outcomes[f"{there.host}/{name}:2"].status) in {"copied", "mounted"}


async def test_a_destination_that_moves_right_before_its_tag_is_set_is_left_alone(name: str):
    async with fake() as here, FakeRegistry() as there:
        await here.publish(name, [images.image("right")], "1")
        settings = Registry(url=there.host, skip_tls_verify=True)
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository=name),),
        )
        file = Config(registries={"here": here.settings, "there": settings}, stages=(stage,))
        plan = await planned(file)
        other = images.image("other")
        put = Meanwhile(lambda: images.fill(there.repository(name), other, "1"))
        there.fail(Fault("HEAD", "/manifests/1$", put, skip=1))
        ran = await applied(file, plan)
        assert [str(each.kind) for each in ran.summary.failures] == ["conflict"]
        assert there.repository(name).tags["1"] == other.digest


async def test_a_plan_with_a_layout_as_destination_makes_nothing_there(
    name: str, tmp_path: Path, plain_registry: DockerRegistry
):
    layouts = [tmp_path / "new", tmp_path / "new.tar"]
    with real(plain_registry) as here:
        await here.publish(name, family(name), "1")
        registries = {"here": here.settings}
        registries |= {f"to{n}": Registry(url=f"oci:{each}") for n, each in enumerate(layouts)}
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=tuple(Rule(destination=f"to{n}", repository=name) for n in range(2)),
        )
        file = Config(registries=registries, stages=(stage,))
        plan = await planned(file, sizes=True)
        assert plan.counts["copy"] >= 2
        assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 -- at once
        ran = await applied(file, plan)
        assert not ran.summary.failures
        assert (await planned(file)).counts == {"up_to_date": len(plan.decisions)}


async def test_what_cannot_be_read_is_an_error_and_the_rest_is_planned(name: str):
    async with fake() as here, FakeRegistry() as there:
        await here.publish(name, [images.image("a")], "1")
        await here.publish(f"{name}/b", [images.image("b")], "1")
        settings = Registry(url=there.host, skip_tls_verify=True, retries=0)
        there.fail(Fault("HEAD", "/first/manifests/1$", Answer(500), times=None))
        there.fail(Fault("GET", "/first/manifests/1$", Answer(500), times=None))
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=tuple(Rule(destination="there", repository=to) for to in ("first", "second")),
            id="one",
        )
        missing = Stage(
            source=Source(source="here", repository=f"{name}/none"),
            rules=(Rule(destination="there", repository="third"),),
            id="two",
        )
        file = Config(
            registries={"here": here.settings, "there": settings}, stages=(stage, missing)
        )
        plan = await planned(file)
        found = [
            (each.stage, each.destination.repository, each.action.value) for each in plan.decisions
        ]
        assert found == [
            ("one", "first", "error"),
            ("one", "second", "copy"),
            ("two", "third", "error"),
        ]
        assert plan.decisions[-1].destination.tag == ""


@pytest.mark.parametrize("exists", [False, True])
async def test_a_denied_repository_is_an_error_only_where_it_is_known_to_exist(
    name: str, exists: object
):
    async with fake() as here, FakeRegistry() as there:
        await here.publish(name, [images.image("a")], "1")
        if exists:
            images.fill(there.repository(name), images.image("b"), "2")
        there.fail(Fault("HEAD", "/manifests/1$", Answer(403), times=None))
        there.fail(Fault("GET", "/manifests/1$", Answer(403), times=None))
        settings = Registry(url=there.host, skip_tls_verify=True)
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository=name),),
        )
        file = Config(registries={"here": here.settings, "there": settings}, stages=(stage,))
        plan = await planned(file)
        assert list(plan.counts) == ["error" if exists else "copy"]
        ran = await applied(file, plan)
        assert bool(ran.summary.failures) == exists


async def test_a_chain_at_distribution_3_is_planned_as_it_is_run_and_applied(
    distribution3_registry: DockerRegistry, name: str
):
    with real(distribution3_registry) as one:
        await one.publish(name, family(name), "1")
        file = chain(one, one, one, name)
        plan = await planned(file, sizes=True)
        one.forget()
        assert told((await planned(file)).decisions) == told(plan.decisions)
        assert methods(one) <= {"GET", "HEAD"}
        ran = await applied(file, plan)
        assert not ran.summary.failures
        assert (await planned(file)).counts == {"up_to_date": 3}
