"""Referrers over registries that have no API, answer oddly, or have other writers."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests import images
from tests.contract.pushing import push
from tests.fakes.registry import (
    Account,
    Answer,
    BasicAuth,
    CutAnswer,
    FakeRegistry,
    Fault,
    Meanwhile,
    Options,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import (
    ContentError,
    DeniedError,
    ProtocolError,
    UnavailableError,
    WebPageError,
)
from reposync.oci import manifest
from reposync.oci import media_type as mt
from reposync.oci import referrers as rules
from reposync.oci.digest import Digest
from reposync.registry import buffered_response
from reposync.registry.referrers import listing
from reposync.registry.referrers.listing import Verdict, verdict

SUBJECT = images.image("subject").root.descriptor
TAG = rules.fallback_tag(SUBJECT.digest)
BUNDLE = images.artifact("bundle", subject=SUBJECT)
OTHER = images.artifact("other", subject=SUBJECT)
NAME = "team/app"
TAG_PATH = "/manifests/sha256-"


def error_body(code):
    return json.dumps({"errors": [{"code": code, "message": "why"}]}).encode()


def index_of(*graphs):
    index = None
    for graph in graphs:
        index = rules.added(index, graph.root_manifest)
    return index


def put_index(registry, *graphs):
    """Let another writer put an index of *graphs* behind the fallback tag."""
    held = registry.repository(NAME)
    for graph in graphs:
        images.fill(held, graph)
    held.add_manifest(index_of(*graphs), mt.OCI_INDEX, TAG)


def listed(registry):
    held = registry.repository(NAME)
    entries = json.loads(held.manifests[held.tags[TAG]].content)["manifests"]
    return [entry["digest"] for entry in entries]


@pytest.mark.parametrize(
    ("status", "headers", "body", "means"),
    [
        (200, {"Content-Type": mt.OCI_INDEX}, b"{}", Verdict.LISTED),
        (200, {"Content-Type": f"{mt.OCI_INDEX}; charset=utf-8"}, b"{}", Verdict.LISTED),
        (200, {"Content-Type": "application/json"}, b'{"manifests": []}', Verdict.LISTED),
        (200, {"Content-Type": "application/json"}, b'{"referrers": []}', Verdict.NO_API),
        (200, {"Content-Type": "text/html"}, b"<html>", Verdict.NO_API),
        (200, {}, b"", Verdict.NO_API),
        (404, {}, b"404 page not found\n", Verdict.NO_API),
        (404, {}, b"<html>", Verdict.NO_API),
        (404, {}, b'{"errors": []}', Verdict.NO_API),
        (404, {}, error_body("UNSUPPORTED"), Verdict.NO_API),
        (404, {}, error_body("NAME_UNKNOWN"), Verdict.SILENT),
        (404, {}, error_body("MANIFEST_UNKNOWN"), Verdict.SILENT),
        (404, {}, error_body("NOT_FOUND"), Verdict.SILENT),
        (400, {}, error_body("DIGEST_INVALID"), Verdict.SILENT),
        (400, {}, error_body("UNSUPPORTED"), Verdict.NO_API),
        (400, {}, b"", Verdict.NO_API),
        (405, {}, error_body("UNKNOWN"), Verdict.NO_API),
        (406, {}, b"", Verdict.NO_API),
        (501, {}, b"", Verdict.NO_API),
        (401, {}, error_body("UNAUTHORIZED"), Verdict.DENIED),
        (403, {}, b"<html>", Verdict.DENIED),
    ],
)
def test_an_answer_tells_whether_there_is_an_api(status, headers, body, means):
    url = f"https://r.example/v2/a/referrers/{SUBJECT.digest}"
    assert verdict(buffered_response.BufferedResponse("GET", url, status, headers, body)) is means


@pytest.mark.parametrize("api", [False, "html"])
async def test_that_there_is_no_api_is_learned_by_one_of_many_tasks(api):
    async with FakeRegistry(Options(referrers_api=api)) as registry, opened(registry) as client:
        put_index(registry, BUNDLE)
        subjects = [SUBJECT.digest, *(Digest.of(b"%d" % number) for number in range(20))]
        lists = await asyncio.gather(
            *(repository(client).list_referrers(subject) for subject in subjects)
        )
        assert [len(found) for found in lists] == [1, *[0] * 20]
        assert len(registry.requests("GET", "/referrers/")) == 1
        assert client.known.referrers_api is False


async def test_where_the_api_answers_no_tag_is_read():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository(NAME), BUNDLE)
        lists = await asyncio.gather(
            *(repository(client).list_referrers(SUBJECT.digest) for _ in range(20))
        )
        assert [len(found) for found in lists] == [1] * 20
        assert len(registry.requests("", "/v2/.+")) == 20
        assert client.known.referrers_api is True


async def test_an_answer_about_a_repository_says_nothing_of_the_registry():
    unknown = Fault("GET", "/referrers/", Answer(404, body=error_body("NAME_UNKNOWN")))
    async with FakeRegistry(faults=[unknown]) as registry, opened(registry) as client:
        assert await repository(client).list_referrers(SUBJECT.digest) == ()
        assert client.known.referrers_api is None
        images.fill(registry.repository(NAME), BUNDLE)
        assert len(await repository(client).list_referrers(SUBJECT.digest)) == 1
        assert client.known.referrers_api is True


async def test_a_registry_that_fails_is_not_taken_for_one_without_the_api():
    broken = Fault("GET", "/referrers/", Answer(503), times=None)
    async with FakeRegistry(faults=[broken]) as registry, opened(registry) as client:
        with pytest.raises(UnavailableError):
            await repository(client).list_referrers(SUBJECT.digest)
        assert client.known.referrers_api is None
        assert len(registry.requests("GET", "/referrers/")) == 3


@pytest.mark.parametrize("status", [401, 403])
async def test_an_api_that_is_denied_is_told_once_and_the_tag_is_read(status, caplog):
    denied = Fault("GET", "/referrers/", Answer(status), times=None)
    options = Options(auth=BasicAuth((Account("user", "password"),)))
    async with (
        FakeRegistry(options, [denied]) as registry,
        opened(registry, Credentials("user", "password")) as client,
    ):
        put_index(registry, BUNDLE)
        for _ in range(2):
            assert len(await repository(client).list_referrers(SUBJECT.digest)) == 1
        assert caplog.text.count("fallback tags are read instead") == 1


async def test_who_may_not_pull_is_denied_rather_than_told_of_no_referrers():
    denied = Fault("GET", "/v2/.+", Answer(403), times=None)
    async with FakeRegistry(faults=[denied]) as registry, opened(registry) as client:
        with pytest.raises(DeniedError):
            await repository(client).list_referrers(SUBJECT.digest)


async def test_a_filter_that_the_registry_does_not_know_is_applied_all_the_same():
    async with (
        FakeRegistry(Options(referrers_filter=False)) as registry,
        opened(registry) as client,
    ):
        images.fill(registry.repository(NAME), BUNDLE)
        listing = repository(client).list_referrers
        assert await listing(SUBJECT.digest, "other/type") == ()
        assert len(await listing(SUBJECT.digest, "application/vnd.example.bundle")) == 1
        assert registry.requests("GET", "/referrers/")[0].query == "artifactType=other%2Ftype"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"Content-Type": mt.OCI_INDEX}, b"{"),
        Answer(200, {"Content-Type": mt.OCI_INDEX}, b'{"manifests": [{"digest": "x"}]}'),
        Answer(200, {"Content-Type": mt.OCI_INDEX}, BUNDLE.root.content),
    ],
    ids=["cut off", "broken entry", "image"],
)
async def test_an_index_that_cannot_be_read_is_an_error_and_not_an_empty_list(answer):
    async with (
        FakeRegistry(faults=[Fault("GET", "/referrers/", answer)]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(ContentError):
            await repository(client).list_referrers(SUBJECT.digest)


async def test_a_page_for_browsers_from_a_registry_with_the_api_is_an_error():
    page = Answer(200, {"Content-Type": "text/html"}, b"<html>")
    async with (
        FakeRegistry(faults=[Fault("GET", "/referrers/", page, skip=1)]) as registry,
        opened(registry) as client,
    ):
        await repository(client).list_referrers(SUBJECT.digest)
        with pytest.raises(WebPageError, match="text/html instead of a list of referrers"):
            await repository(client).list_referrers(SUBJECT.digest)


async def test_pages_in_a_circle_are_an_error():
    path = f"/v2/{NAME}/referrers/{SUBJECT.digest}"
    headers = {"Content-Type": mt.OCI_INDEX, "Link": f'<{path}?n=1>; rel="next"'}
    page = Answer(200, headers, index_of(BUNDLE))
    async with (
        FakeRegistry(faults=[Fault("GET", "/referrers/", page, times=None)]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(ProtocolError, match="circle"):
            await repository(client).list_referrers(SUBJECT.digest)
        assert len(registry.requests("GET", "/referrers/")) == 2


async def test_a_list_that_breaks_off_between_pages_is_an_error():
    fault = Fault("GET", "/referrers/", Answer(404), skip=1)
    async with (
        FakeRegistry(Options(page_size=1), [fault]) as registry,
        opened(registry) as client,
    ):
        for graph in (BUNDLE, OTHER):
            images.fill(registry.repository(NAME), graph)
        with pytest.raises(ProtocolError, match="broke off"):
            await repository(client).list_referrers(SUBJECT.digest)


async def test_a_list_without_end_is_an_error(monkeypatch):
    monkeypatch.setattr(listing, "_ENTRIES_LIMIT", 3)
    async with FakeRegistry(Options(page_size=1)) as registry, opened(registry) as client:
        for number in range(6):
            graph = images.artifact(f"{number}", subject=SUBJECT)
            images.fill(registry.repository(NAME), graph)
        with pytest.raises(ContentError, match="more than 3"):
            await repository(client).list_referrers(SUBJECT.digest)
        assert len(registry.requests("GET", "/referrers/")) == 4


async def test_a_fallback_tag_that_names_an_image_is_an_error_and_stays_what_it_is():
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        images.fill(registry.repository(NAME), images.image("x"), TAG)
        with pytest.raises(ContentError, match=TAG):
            await repository(client).list_referrers(SUBJECT.digest)
        with pytest.raises(ContentError, match=TAG):
            await push(repository(client), BUNDLE)
        assert registry.repository(NAME).tags[TAG] == images.image("x").digest


async def test_a_registry_with_the_api_that_does_not_say_so_gets_no_fallback_tag():
    async with FakeRegistry(Options(oci_subject=False)) as registry, opened(registry) as client:
        await push(repository(client), BUNDLE)
        assert registry.repository(NAME).tags == {}


async def test_an_index_with_others_entries_is_completed():
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        put_index(registry, OTHER)
        await push(repository(client), BUNDLE)
        assert listed(registry) == [OTHER.digest, BUNDLE.digest]


async def test_what_is_listed_already_is_not_written_again():
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        for _ in range(3):
            await push(repository(client), BUNDLE)
        assert len(registry.requests("PUT", TAG_PATH)) == 1


async def test_an_index_that_another_writer_replaced_is_completed_anew():
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        replaced = Meanwhile(lambda: put_index(registry, OTHER))
        registry.fail(Fault("GET", TAG_PATH, replaced, skip=1))
        await push(repository(client), BUNDLE)
        assert listed(registry) == [OTHER.digest, BUNDLE.digest]


@pytest.mark.parametrize("was_carried_out", [True, False])
async def test_an_index_whose_answer_got_lost_is_never_sent_again_over_anothers(was_carried_out):
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        both = [BUNDLE, OTHER] if was_carried_out else [OTHER]
        lost = CutAnswer(after_effect=was_carried_out)
        registry.fail(
            Fault("PUT", TAG_PATH, lost),
            Fault("GET", TAG_PATH, Meanwhile(lambda: put_index(registry, *both)), skip=1),
        )
        await push(repository(client), BUNDLE)
        assert sorted(listed(registry)) == sorted((BUNDLE.digest, OTHER.digest))
        assert len(registry.requests("PUT", TAG_PATH)) == (1 if was_carried_out else 2)


async def test_an_index_that_is_replaced_again_and_again_is_given_up():
    async with (
        FakeRegistry(Options(referrers_api=False)) as registry,
        opened(registry) as client,
    ):
        replaced = Meanwhile(lambda: put_index(registry, OTHER))
        registry.fail(Fault("GET", TAG_PATH, replaced, times=None))
        with pytest.raises(UnavailableError, match="another writer"):
            await push(repository(client), BUNDLE)
        assert len(registry.requests("PUT", TAG_PATH)) == 3


async def test_a_registry_that_takes_no_fallback_tag_is_asked_once():
    refused = Fault("PUT", TAG_PATH, Answer(403), times=None)
    async with (
        FakeRegistry(Options(referrers_api=False), [refused]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(DeniedError):
            await push(repository(client), BUNDLE)
        assert len(registry.requests("PUT", TAG_PATH)) == 1


async def test_a_list_too_large_to_read_is_an_error():
    body = index_of(BUNDLE) + b" " * manifest.LIMIT_BYTES
    page = Answer(200, {"Content-Type": mt.OCI_INDEX}, body)
    async with (
        FakeRegistry(faults=[Fault("GET", "/referrers/", page)]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(ContentError, match="too large"):
            await repository(client).list_referrers(SUBJECT.digest)


@pytest.mark.parametrize(
    "answer",
    [Answer(404, body=error_body("NAME_UNKNOWN")), Answer(404), Answer(403)],
    ids=["says nothing", "has none", "is denied"],
)
async def test_a_fallback_tag_that_is_known_not_to_be_there_is_not_read(answer):
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("GET", "/referrers/", answer, times=None))
        for _ in range(2):
            listed = await repository(client).list_referrers(SUBJECT.digest, is_tagged=False)
            assert listed == ()
        assert not registry.requests("", "/manifests/")


async def test_where_the_api_answers_it_does_not_matter_whether_there_is_a_tag():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository(NAME), BUNDLE)
        listed = await repository(client).list_referrers(SUBJECT.digest, is_tagged=False)
        assert [entry.digest for entry in listed] == [BUNDLE.digest]
