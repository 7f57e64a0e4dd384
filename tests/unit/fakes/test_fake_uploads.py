from __future__ import annotations

from urllib.parse import urlsplit

from tests.fakes.registry import FakeRegistry, Options
from tests.fakes.registry.storage import digest_of

CONTENT = b"0123456789"
DIGEST = digest_of(CONTENT)
UPLOADS = "/v2/team/app/blobs/uploads/"


async def begin(registry: FakeRegistry, http) -> str:
    async with http.post(registry.url + UPLOADS) as response:
        assert response.status == 202
        location: str = response.headers["Location"]
        return registry.url + location


async def test_an_upload_in_chunks_becomes_a_blob(registry, http):
    location = await begin(registry, http)
    for start in (0, 4):
        chunk = CONTENT[start : start + 4]
        headers = {"Content-Range": f"{start}-{start + len(chunk) - 1}"}
        async with http.patch(location, data=chunk, headers=headers) as response:
            assert (response.status, response.headers["Range"]) == (202, f"0-{start + 3}")
            location = registry.url + response.headers["Location"]
    async with http.put(f"{location}&digest={DIGEST}", data=CONTENT[8:]) as response:
        assert response.status == 201
        assert response.headers["Docker-Content-Digest"] == DIGEST
    async with http.get(f"{registry.url}/v2/team/app/blobs/{DIGEST}") as response:
        assert await response.read() == CONTENT


async def test_a_chunk_out_of_order_is_refused_with_the_bytes_so_far(registry, http):
    location = await begin(registry, http)
    async with http.patch(location, data=b"x", headers={"Content-Range": "5-5"}) as response:
        assert response.status == 416
        assert response.headers["Range"] == "0-0"
        assert "Location" in response.headers


async def test_the_state_of_a_location_is_good_once(registry, http):
    location = await begin(registry, http)
    async with http.patch(location, data=CONTENT) as response:
        assert response.status == 202
    async with http.put(f"{location}&digest={DIGEST}") as response:
        assert response.status == 404
        assert (await response.json())["errors"][0]["code"] == "BLOB_UPLOAD_INVALID"


async def test_a_location_without_its_query_is_refused(registry, http):
    location = await begin(registry, http)
    async with http.put(f"{location.partition('?')[0]}?digest={DIGEST}", data=CONTENT) as response:
        assert response.status == 404


async def test_a_post_with_a_digest_takes_the_blob_whole(registry, http):
    async with http.post(f"{registry.url}{UPLOADS}?digest={DIGEST}", data=CONTENT) as response:
        assert response.status == 201
    assert registry.repository("team/app").blobs == {DIGEST}


async def test_content_of_another_digest_ends_the_upload(registry, http):
    location = await begin(registry, http)
    async with http.put(f"{location}&digest={DIGEST}", data=b"other") as response:
        assert (await response.json())["errors"][0]["code"] == "DIGEST_INVALID"
    assert registry.repository("team/app").uploads == {}
    assert registry.repository("team/app").blobs == set()


async def test_an_upload_tells_how_far_it_is_and_can_be_given_up(registry, http):
    location = await begin(registry, http)
    async with http.patch(location, data=CONTENT) as response:
        location = registry.url + response.headers["Location"]
    async with http.get(location) as response:
        assert (response.status, response.headers["Range"]) == (204, "0-9")
    async with http.delete(location) as response:
        assert response.status == 204
    async with http.get(location) as response:
        assert response.status == 404


async def test_a_mount_takes_the_blob_from_another_repository(registry, http):
    registry.repository("team/base").add_blob(CONTENT)
    query = f"?mount={DIGEST}&from=team/base"
    async with http.post(registry.url + UPLOADS + query) as response:
        assert response.status == 201
    assert registry.repository("team/app").blobs == {DIGEST}


async def test_a_mount_that_cannot_be_begins_an_upload(registry, http):
    for query in (f"?mount={DIGEST}&from=team/base", f"?mount={DIGEST}"):
        async with http.post(registry.url + UPLOADS + query) as response:
            assert response.status == 202


async def test_without_mounts_every_mount_begins_an_upload(http):
    async with FakeRegistry(Options(mounts=False)) as registry:
        registry.repository("team/base").add_blob(CONTENT)
        query = f"?mount={DIGEST}&from=team/base"
        async with http.post(registry.url + UPLOADS + query) as response:
            assert response.status == 202


async def test_locations_can_be_absolute(http):
    async with (
        FakeRegistry(Options(upload_location="absolute")) as registry,
        http.post(registry.url + UPLOADS) as response,
    ):
        assert urlsplit(response.headers["Location"]).netloc == registry.host


async def test_an_upload_elsewhere_takes_its_state_for_permission_and_no_other(http):
    async with FakeRegistry(Options(upload_location="elsewhere")) as registry:
        async with http.post(registry.url + UPLOADS) as response:
            location = response.headers["Location"]
        assert urlsplit(location).netloc == registry.upload_host != registry.host
        location += f"&digest={DIGEST}"
        headers = {"Authorization": "Bearer leaked"}
        async with http.put(location, data=CONTENT, headers=headers) as response:
            assert response.status == 400
        async with http.put(location, data=CONTENT) as response:
            assert response.status == 201


async def test_a_name_that_no_registry_accepts_is_refused(registry, http):
    async with http.post(f"{registry.url}/v2/Team/app/blobs/uploads/") as response:
        assert (await response.json())["errors"][0]["code"] == "NAME_INVALID"


async def test_bodies_without_a_length_can_be_refused(http):
    async def chunks():
        yield CONTENT

    async with FakeRegistry(Options(length_required=True)) as registry:
        location = await begin(registry, http)
        async with http.put(f"{location}&digest={DIGEST}", data=chunks()) as response:
            assert response.status == 411


async def test_sha512_is_checked_like_sha256(registry, http):
    digest = digest_of(CONTENT, "sha512")
    async with http.post(f"{registry.url}{UPLOADS}?digest={digest}", data=b"other") as response:
        assert response.status == 400
    async with http.post(f"{registry.url}{UPLOADS}?digest={digest}", data=CONTENT) as response:
        assert response.status == 201
