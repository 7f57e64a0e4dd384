from __future__ import annotations

import re

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry, Options


async def pages(http, registry, path):
    found = []
    while path:
        async with http.get(registry.url + path) as response:
            assert response.status == 200
            found.append(await response.json())
            link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
            path = link[1] if link else ""
    return found


def fill(registry, count):
    for number in range(count):
        images.fill(registry.repository("team/app"), images.image("a"), f"1.{number}")


async def test_tags_come_in_pages_of_the_registry_s_limit(http):
    async with FakeRegistry(Options(page_size=2)) as registry:
        fill(registry, 5)
        found = await pages(http, registry, "/v2/team/app/tags/list?n=1000")
        assert [page["tags"] for page in found] == [["1.0", "1.1"], ["1.2", "1.3"], ["1.4"]]


async def test_tags_come_in_pages_as_small_as_the_client_wants(registry, http):
    fill(registry, 3)
    found = await pages(http, registry, "/v2/team/app/tags/list?n=2&last=1.0")
    assert [page["tags"] for page in found] == [["1.1", "1.2"]]
    found = await pages(http, registry, "/v2/team/app/tags/list?n=0")
    assert [page["tags"] for page in found] == [None]


async def test_a_number_of_entries_that_is_none_is_refused(registry, http):
    fill(registry, 1)
    async with http.get(f"{registry.url}/v2/team/app/tags/list?n=many") as response:
        assert response.status == 400


async def test_a_repository_without_tags_says_null(registry, http):
    registry.repository("team/app").add_blob(b"content")
    (page,) = await pages(http, registry, "/v2/team/app/tags/list")
    assert page == {"name": "team/app", "tags": None}


async def test_an_unknown_repository_has_no_list(registry, http):
    async with http.get(f"{registry.url}/v2/team/app/tags/list") as response:
        assert response.status == 404
        assert (await response.json())["errors"][0]["code"] == "NAME_UNKNOWN"


async def test_the_catalog_names_the_repositories_that_hold_something(http):
    async with FakeRegistry(Options(page_size=1)) as registry:
        for name in ("b", "a/c"):
            registry.repository(name).add_blob(b"content")
        registry.repository("empty")
        found = await pages(http, registry, "/v2/_catalog")
        assert [page["repositories"] for page in found] == [["a/c"], ["b"]]


@pytest.mark.parametrize("page_size", [None, 1])
async def test_referrers_of_a_subject_are_described(http, page_size):
    subject = images.image("a")
    referrers = [images.artifact(seed, subject=subject.root.descriptor) for seed in "bc"]
    async with FakeRegistry(Options(page_size=page_size)) as registry:
        for graph in (subject, *referrers):
            images.fill(registry.repository("team/app"), graph)
        found = await pages(http, registry, f"/v2/team/app/referrers/{subject.digest}")
        entries = [entry for page in found for entry in page["manifests"]]
        assert sorted(entry["digest"] for entry in entries) == sorted(g.digest for g in referrers)
        assert {entry["artifactType"] for entry in entries} == {"application/vnd.example.bundle"}


async def test_referrers_are_filtered_by_their_type(registry, http):
    subject = images.image("a")
    images.fill(
        registry.repository("team/app"), images.artifact("b", subject=subject.root.descriptor)
    )
    place = f"{registry.url}/v2/team/app/referrers/{subject.digest}"
    async with http.get(place, params={"artifactType": "a/b"}) as response:
        assert response.headers["OCI-Filters-Applied"] == "artifactType"
        assert (await response.json())["manifests"] == []


async def test_a_subject_that_nobody_knows_has_an_empty_list_of_referrers(registry, http):
    async with http.get(f"{registry.url}/v2/team/app/referrers/sha256:{'0' * 64}") as response:
        assert (await response.json())["manifests"] == []


async def test_without_the_api_referrers_are_not_found(http):
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        http.get(f"{registry.url}/v2/team/app/referrers/sha256:{'0' * 64}") as response,
    ):
        assert response.status == 404


async def test_a_server_with_a_page_for_every_path_has_one_in_the_place_of_the_api(http):
    async with (
        FakeRegistry(Options(referrers_api="html")) as registry,
        http.get(f"{registry.url}/v2/team/app/referrers/sha256:{'0' * 64}") as response,
    ):
        assert (response.status, response.content_type) == (200, "text/html")


async def test_a_registry_that_knows_no_filter_lists_all_and_says_nothing_of_filters(http):
    subject = images.image("a")
    async with FakeRegistry(Options(referrers_filter=False)) as registry:
        images.fill(
            registry.repository("team/app"), images.artifact("b", subject=subject.root.descriptor)
        )
        place = f"{registry.url}/v2/team/app/referrers/{subject.digest}"
        async with http.get(place, params={"artifactType": "a/b"}) as response:
            assert "OCI-Filters-Applied" not in response.headers
            assert len((await response.json())["manifests"]) == 1


async def test_a_registry_can_keep_its_catalog_to_itself(http):
    async with (
        FakeRegistry(Options(catalog=False)) as registry,
        http.get(f"{registry.url}/v2/_catalog") as response,
    ):
        assert response.status == 404
