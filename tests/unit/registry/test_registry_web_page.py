"""A web page in the place of a registry's answer is called one, with what was asked for."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    AlterHeaders,
    Answer,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.errors import DeniedError, NotFoundError, WebPageError
from reposync.oci.descriptor import SMALL_BYTES, Descriptor
from reposync.oci.digest import Digest
from reposync.report.failure_kind import FailureKind, kind_of

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html>\n<html><title>Log in</title></html>"
GRAPH = images.image("one", layers=1)
SMALL = images.blob("small", 100)
LARGE = images.blob("large", SMALL_BYTES + 100)


async def list_tags(there):
    return [tag async for tag in there.list_tags()]


async def read(there, blob):
    async with there.open_blob(blob) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def push(there, blob):
    async def chunks():
        yield blob.content

    await there.push_blob(blob.descriptor, chunks())


ASKED = {
    "a manifest": [
        lambda there: there.resolve("1"),
        lambda there: there.fetch_manifest("1"),
        lambda there: there.fetch_manifest(str(GRAPH.digest)),
    ],
    "a list of tags": [list_tags, lambda there: there.list_few_tags()],
    "a blob": [
        lambda there: read(there, SMALL.descriptor),
        lambda there: read(there, LARGE.descriptor),
    ],
    "a registry's answer to POST": [lambda there: push(there, SMALL)],
}


@pytest.mark.parametrize(
    ("wanted", "ask"), [(wanted, ask) for wanted, asks in ASKED.items() for ask in asks]
)
async def test_a_login_page_is_named_with_what_was_wanted_and_asked_for_once(wanted, ask):
    fault = Fault("", r"/v2/.+", Answer(200, HTML, PAGE), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(WebPageError) as caught:
            await ask(repository(client))
        asked = [(each.method, each.path, each.query) for each in registry.requests()]
        assert len(set(asked)) == len(asked)
        assert str(caught.value) == f"{registry.host} returned text/html instead of {wanted}"
    assert "a proxy or a login page may answer" in (caught.value.hint or "")
    assert kind_of(caught.value) is FailureKind.ANSWER_WRONG


async def test_a_page_that_does_not_say_that_it_is_one_is_known_by_its_beginning():
    fault = Fault("", "/manifests/", Answer(200, {}, b"\xef\xbb\xbf\n " + PAGE), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(WebPageError, match="returned a web page instead of a manifest"):
            await repository(client).fetch_manifest("1")


async def test_a_login_page_in_the_place_of_a_token_is_named():
    fault = Fault("GET", "/token", Answer(200, HTML, PAGE), times=None)
    options = Options(auth=TokenAuth(TokenIssuer()))
    async with FakeRegistry(options, [fault]) as registry, opened(registry) as client:
        with pytest.raises(WebPageError, match="returned text/html instead of a token"):
            await repository(client).resolve("1")


async def test_a_refusal_that_is_a_page_is_said_to_be_of_a_proxy_perhaps():
    fault = Fault("", "/tags/list", Answer(403, HTML, PAGE), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(DeniedError, match="answered 403 Forbidden") as caught:
            await list_tags(repository(client))
    assert "a proxy or a login page may answer" in (caught.value.hint or "")


async def test_a_page_of_a_registry_that_does_not_find_something_is_no_login_page():
    fault = Fault("", "/tags/list", Answer(404, HTML, PAGE), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(NotFoundError) as caught:
            await list_tags(repository(client))
    assert "login page" not in (caught.value.hint or "")


async def test_a_manifest_and_a_blob_that_are_called_pages_are_read_all_the_same():
    fault = Fault("GET", "/(manifests|blobs)/", AlterHeaders(HTML), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), GRAPH, "1")
        registry.repository("team/app").add_blob(PAGE)
        page = Descriptor("text/html", Digest.of(PAGE), len(PAGE))
        assert await read(repository(client), page) == PAGE
        assert await repository(client).fetch_manifest("1") == images.manifest(GRAPH.root)
        for blob in GRAPH.blobs:
            assert await read(repository(client), blob.descriptor) == blob.content
