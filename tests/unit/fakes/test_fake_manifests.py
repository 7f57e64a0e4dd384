from __future__ import annotations

import io
import json

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry, Options

PLACE = "/v2/team/app/manifests/"


async def put(http, registry, part, name="", media_type=""):
    headers = {"Content-Type": media_type or part.descriptor.media_type}
    url = registry.url + PLACE + (name or part.digest)
    async with http.put(url, data=io.BytesIO(part.content), headers=headers) as response:
        body = await response.read()
        code = json.loads(body)["errors"][0]["code"] if body else ""
        return response.status, code, response.headers


@pytest.mark.parametrize(
    "graph",
    [
        images.image("a"),
        images.docker_image("a"),
        images.multi_platform("a"),
        images.multi_platform("a", docker=True),
        images.nested_index("a"),
        images.artifact("a"),
        images.foreign_layer_image("a"),
        images.attested("a"),
        images.buildkit_cache("a"),
    ],
    ids=lambda graph: graph.digest.short,
)
async def test_a_graph_of_any_shape_is_taken_leaves_first(registry, http, graph):
    for blob in graph.blobs:
        registry.repository("team/app").add_blob(blob.content)
    for part in graph.manifests:
        assert (await put(http, registry, part))[:2] == (201, "")
    assert len(registry.repository("team/app").manifests) == len(graph.manifests)


async def test_a_manifest_is_refused_as_long_as_a_blob_of_it_is_missing(registry, http):
    graph = images.image("a")
    for blob in graph.blobs[1:]:
        registry.repository("team/app").add_blob(blob.content)
    assert (await put(http, registry, graph.root, "latest"))[1] == "MANIFEST_BLOB_UNKNOWN"
    assert registry.repository("team/app").tags == {}


async def test_an_index_is_refused_as_long_as_a_child_of_it_is_missing(registry, http):
    graph = images.multi_platform("a")
    for blob in graph.blobs:
        registry.repository("team/app").add_blob(blob.content)
    assert (await put(http, registry, graph.manifests[0]))[0] == 201
    assert (await put(http, registry, graph.root))[1] == "MANIFEST_BLOB_UNKNOWN"


@pytest.mark.parametrize(
    ("content", "name", "media_type", "code"),
    [
        (b"not JSON", "latest", "", "MANIFEST_INVALID"),
        (b"[]", "latest", "", "MANIFEST_INVALID"),
        (b'{"schemaVersion": 1}', "latest", "", "MANIFEST_INVALID"),
        (b'{"schemaVersion": 2, "mediaType": "a/b"}', "latest", "c/d", "MANIFEST_INVALID"),
        (b'{"schemaVersion": 2}', "-latest", "", "TAG_INVALID"),
        (b'{"schemaVersion": 2}', f"sha256:{'0' * 64}", "", "DIGEST_INVALID"),
    ],
)
async def test_a_wrong_manifest_is_refused(registry, http, content, name, media_type, code):
    part = images.piece(content, "a/b")
    assert (await put(http, registry, part, name, media_type))[1] == code


async def test_a_manifest_above_four_mebibytes_is_too_large(registry, http):
    part = images.piece(b"{" + b" " * 4 * 1024 * 1024 + b"}", "a/b")
    assert (await put(http, registry, part))[0] == 413


@pytest.mark.parametrize("accept", [None, "*/*", "application/vnd.oci.image.index.v1+json"])
async def test_a_manifest_is_not_given_to_those_who_do_not_accept_it(registry, http, accept):
    images.fill(registry.repository("team/app"), images.image("a"), "1.0")
    headers = {"Accept": accept} if accept else {}
    async with http.get(f"{registry.url}{PLACE}1.0", headers=headers) as response:
        assert response.status == 404


async def test_a_manifest_is_given_as_it_came_by_tag_and_by_digest(registry, http):
    graph = images.image("a")
    images.fill(registry.repository("team/app"), graph, "1.0")
    for name in ("1.0", graph.digest):
        headers = {"Accept": f"a/b, {graph.root.descriptor.media_type};q=0.5"}
        async with http.get(f"{registry.url}{PLACE}{name}", headers=headers) as response:
            assert await response.read() == graph.root.content
            assert response.headers["Docker-Content-Digest"] == graph.digest
            assert response.headers["Content-Type"] == graph.root.descriptor.media_type


@pytest.mark.parametrize(
    ("options", "status", "has_digest"),
    [
        (Options(), 200, True),
        (Options(digest_on_head=False), 200, False),
        (Options(manifest_head=False), 405, False),
    ],
)
async def test_head_of_a_manifest_is_as_good_as_the_options_say(http, options, status, has_digest):
    graph = images.image("a")
    async with FakeRegistry(options) as registry:
        images.fill(registry.repository("team/app"), graph, "1.0")
        headers = {"Accept": graph.root.descriptor.media_type}
        async with http.head(f"{registry.url}{PLACE}1.0", headers=headers) as response:
            assert response.status == status
            assert ("Docker-Content-Digest" in response.headers) is has_digest


async def test_delete_by_tag_leaves_the_manifest_and_by_digest_takes_its_tags_too(registry, http):
    graph = images.image("a")
    repository = registry.repository("team/app")
    images.fill(repository, graph, "1.0", "2.0", "3.0")
    async with http.delete(f"{registry.url}{PLACE}1.0") as response:
        assert response.status == 202
    assert sorted(repository.tags) == ["2.0", "3.0"]
    async with http.delete(registry.url + PLACE + graph.digest) as response:
        assert response.status == 202
    assert (repository.tags, repository.manifests) == ({}, {})


async def test_a_manifest_with_a_subject_is_acknowledged_where_the_api_is(http):
    subject = images.image("a")
    graph = images.artifact("b", subject=subject.root.descriptor)
    for options in (Options(), Options(referrers_api=False)):
        async with FakeRegistry(options) as registry:
            for blob in graph.blobs:
                registry.repository("team/app").add_blob(blob.content)
            status, _, headers = await put(http, registry, graph.root)
            assert status == 201
            acknowledged = subject.digest if options.referrers_api else None
            assert headers.get("OCI-Subject") == acknowledged


@pytest.mark.parametrize(
    ("options", "is_said"),
    [
        (Options(), True),
        (Options(oci_subject=False), False),
        (Options(referrers_api=False), False),
        (Options(referrers_api="html"), False),
    ],
)
async def test_only_a_registry_that_lists_referrers_says_so(http, options, is_said):
    graph = images.artifact("b", subject=images.image("a").root.descriptor)
    async with FakeRegistry(options) as registry:
        images.fill(registry.repository("team/app"), graph)
        _, _, headers = await put(http, registry, graph.root)
        assert ("OCI-Subject" in headers) is is_said


async def test_an_immutable_tag_is_put_once_and_never_again(http):
    refusal = (412, "PRECONDITION", "configured as immutable")
    options = Options(immutable_tags=r"1\..*", immutable_refusal=refusal)
    graph = images.image("a")
    async with FakeRegistry(options) as registry:
        images.fill(registry.repository("team/app"), graph, "1.0", "latest")
        assert (await put(http, registry, graph.root, "1.0"))[:2] == (412, "PRECONDITION")
        for name in ("1.1", "latest", graph.digest):
            assert (await put(http, registry, graph.root, name))[0] == 201


async def test_layers_that_live_at_their_urls_can_be_refused_as_distribution_refuses_them(http):
    graph = images.foreign_layer_image("a")
    foreign = images.manifest(graph.root).blobs[1]
    async with FakeRegistry(Options(foreign_urls=False)) as registry:
        images.fill(registry.repository("team/app"), graph)
        url = f"{registry.url}{PLACE}latest"
        headers = {"Content-Type": graph.root.descriptor.media_type}
        async with http.put(url, data=graph.root.content, headers=headers) as response:
            errors = (await response.json())["errors"]
            assert response.status == 500
    assert [error["code"] for error in errors] == ["UNKNOWN", "UNKNOWN", "MANIFEST_BLOB_UNKNOWN"]
    assert errors[-1]["detail"] == foreign.digest


@pytest.mark.parametrize("status", [404, 500])
async def test_what_asks_for_a_manifest_by_the_digest_of_a_blob_can_fail(http, status):
    graph = images.buildkit_cache("a")
    async with FakeRegistry(Options(blob_as_manifest=status)) as registry:
        images.fill(registry.repository("team/app"), graph)
        for digest, found in ((graph.blobs[0].digest, status), (graph.digest, 200)):
            headers = {"Accept": graph.root.descriptor.media_type}
            async with http.head(registry.url + PLACE + digest, headers=headers) as response:
                assert response.status == found
