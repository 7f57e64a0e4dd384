"""What one host causes is one failure in the summary, with how many images it is that failed."""

from __future__ import annotations

import re

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.integration.sites import sync

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.report.table import failure_lines, render

REPOSITORIES = ("team/app", "team/web", "base/alpine")
TAGS = ("1", "2", "3")
COUNT = len(REPOSITORIES) * len(TAGS)
ROBOT = Account("robot", "secret")
PAGE = Answer(200, {"Content-Type": "text/html"}, b"<html>Log in</html>")


def copying(source: Registry, there: Registry) -> Config:
    return Config(
        registries={"source": source, "there": there},
        stages=tuple(
            Stage(
                source=Source(source="source", repository=name),
                rules=(Rule(destination="there", repository=name, tags=TAGS),),
            )
            for name in REPOSITORIES
        ),
    )


async def summary_of_pushes_to(there: Registry):
    async with FakeRegistry() as source:
        for name in REPOSITORIES:
            images.fill(source.repository(name), images.image(name), *TAGS)
        here = Registry(url=source.host, skip_tls_verify=True)
        return (await sync(copying(here, there))).summary


def assert_one_failure(summary, sentence):
    lines = failure_lines(summary.failures)
    (first, *others) = [line for line in lines if line.startswith("failed: ")]
    assert others == []
    assert re.search(rf" and {COUNT - 1} more: {sentence}$", first)
    assert len([line for line in lines if line.startswith("  hint: ")]) == 1
    assert len(summary.failures) == COUNT
    assert f"{COUNT} failed" in render(summary).splitlines()[-1]


@pytest.mark.parametrize(
    "auth", [BasicAuth((ROBOT,)), TokenAuth(TokenIssuer([ROBOT]))], ids=["password", "token"]
)
async def test_credentials_that_are_missing_are_one_failure(auth):
    async with FakeRegistry(Options(auth=auth)) as there:
        settings = Registry(url=there.host, skip_tls_verify=True, credentials="none")
        summary = await summary_of_pushes_to(settings)
        assert_one_failure(summary, f"{there.host} requires credentials")


async def test_plain_http_at_a_registry_that_requires_tls_is_one_failure(tls_registry):
    summary = await summary_of_pushes_to(Registry(url=f"http://{tls_registry.host}"))
    assert_one_failure(summary, f"{tls_registry.host} requires TLS, and was asked over plain HTTP")


async def test_a_login_page_in_front_of_a_registry_is_one_failure():
    async with FakeRegistry(faults=[Fault("", "/v2/", PAGE, times=None)]) as there:
        summary = await summary_of_pushes_to(Registry(url=there.host, skip_tls_verify=True))
        assert_one_failure(
            summary, f"{there.host} returned text/html instead of a registry's answer"
        )


async def test_stages_that_cannot_list_their_tags_are_one_failure_too():
    auth = BasicAuth((ROBOT,))
    async with FakeRegistry(Options(auth=auth)) as source, FakeRegistry() as there:
        here = Registry(url=source.host, skip_tls_verify=True, credentials="none")
        elsewhere = Registry(url=there.host, skip_tls_verify=True)
        file = copying(here, elsewhere)
        every_tag = tuple(
            Stage(source=stage.source, rules=(Rule(destination="there", repository=name),))
            for stage, name in zip(file.stages, REPOSITORIES, strict=True)
        )
        summary = (await sync(Config(registries=file.registries, stages=every_tag))).summary
        (line, hint) = failure_lines(summary.failures)
        assert line.endswith(f" and 2 more: {source.host} requires credentials")
        assert hint.startswith("  hint: ")
