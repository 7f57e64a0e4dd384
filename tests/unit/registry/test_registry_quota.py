"""Pulls that a registry allows: read from its answers, told, and kept back."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault
from tests.unit.registry.clients import opened, repository

from reposync.errors import QuotaError
from reposync.registry.quota import Allowance, Quota, allowance

IMAGE = images.image("hub")


@pytest.mark.parametrize(
    ("limit", "remaining", "expected"),
    [
        ("100;w=21600", "76;w=21600", Allowance(76, 100, 21600)),
        ("200 ; w=21600", " 0;w=21600 ", Allowance(0, 200, 21600)),
        ("100", "5", Allowance(5, 100, 0)),
        ("", "5;w=1", None),
        ("100;w=21600", "many", None),
        ("100;w=21600", "-5;w=21600", None),
        ("99999999999", "1", None),
    ],
)
def test_an_allowance_is_read_as_it_is_told(limit, remaining, expected):
    headers = {"RateLimit-Limit": limit, "RateLimit-Remaining": remaining}
    assert allowance(headers) == expected


def told(remaining, limit=100):
    return {"RateLimit-Limit": f"{limit};w=21600", "RateLimit-Remaining": f"{remaining};w=21600"}


def test_what_is_kept_back_is_not_pulled_and_pulls_under_way_count():
    quota = Quota("docker.io", reserve=20)
    quota.begin()
    quota.heed(told(22))
    quota.begin()
    with pytest.raises(QuotaError) as caught:
        quota.begin()
    assert str(caught.value) == (
        "docker.io allows 22 more pulls, and 20 are kept back by hub_reserve"
    )
    assert caught.value.hint == "run again in 6 h at the latest; what was copied stays"
    quota.end()
    quota.begin()


def test_without_a_reserve_all_are_pulled():
    quota = Quota("docker.io")
    quota.heed(told(0))
    quota.begin()


def test_that_few_are_left_is_told_once(caplog):
    quota = Quota("docker.io")
    for remaining in (50, 9, 8, 7):
        quota.heed(told(remaining))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "docker.io allows no more than 9 pulls"
    ]


async def test_a_look_is_no_pull():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), IMAGE, "1")
        client.quota._reserve = 20
        answer = Answer(404, told(20))
        registry.fail(Fault("HEAD", "/manifests/", answer))
        app = repository(client)
        assert await app.resolve("2") is None
        assert client.quota.told == Allowance(20, 100, 21600)
        assert await app.resolve("1") is not None
        with pytest.raises(QuotaError):
            await app.fetch_manifest("1")
