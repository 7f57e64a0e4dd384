"""What was learned of a registry: one value that can be kept, learned from answers, for all."""

from __future__ import annotations

import msgspec
import pytest
from tests import images
from tests.fakes.registry import AlterHeaders, Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import RegistryError, UnreadableError
from reposync.registry.capabilities import CapabilityRecord, RegistryCapabilities
from reposync.registry.host_state import HostState

SMALL = images.blob("small", 1000)
LARGE = images.blob("large", 300_000)
IMAGE = images.image("x")


async def chunks(content):
    yield content


async def push(client, blob):
    await repository(client).push_blob(blob.descriptor, chunks(blob.content))


def test_a_value_comes_back_as_it_was_kept():
    known = RegistryCapabilities(
        referrers_api=False,
        whole_blobs=True,
        body_limit_bytes=1000,
        mount_probe=False,
        manifest_head=True,
        upload_delete=False,
        counts_pulls=True,
        is_doubted=True,
    )
    assert msgspec.json.decode(msgspec.json.encode(known), type=RegistryCapabilities) == known
    assert msgspec.json.encode(RegistryCapabilities()) == b"{}"


async def test_what_an_earlier_run_learned_is_not_asked_again():
    options = Options(whole_blobs=False, referrers_api=False)
    async with FakeRegistry(options) as registry:
        async with opened(registry) as client:
            await push(client, SMALL)
            await repository(client).list_referrers(IMAGE.digest)
            known = client.known
        registry.log.clear()
        async with opened(registry, state=HostState(registry.host, known=known)) as client:
            await push(client, LARGE)
            await repository(client).list_referrers(IMAGE.digest)
        assert not registry.requests("GET", "/referrers/")
        assert not [each for each in registry.requests("POST") if "digest" in each.query]


@pytest.mark.parametrize("status", [405, 501])
async def test_a_registry_without_head_for_manifests_is_asked_by_get_at_once(status):
    no_head = Fault("HEAD", "/manifests/", Answer(status), times=None)
    async with FakeRegistry(faults=[no_head]) as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), IMAGE, "1")
        for _ in range(3):
            found = await repository(client).resolve("1")
            assert found is not None
            assert found.digest == IMAGE.digest
        assert await repository(client).resolve("2") is None
        assert client.known.manifest_head is False
        methods = [each.method for each in registry.requests("", "/manifests/")]
        assert methods == ["HEAD", "GET", "GET", "GET", "GET"]


async def test_a_registry_that_cancels_no_uploads_is_not_asked_for_it_again():
    faults = [
        Fault("PUT", "/uploads/", Answer(400), times=None),
        Fault("DELETE", "/uploads/", Answer(405), times=None),
    ]
    options = Options(whole_blobs=False)
    async with FakeRegistry(options, faults) as registry, opened(registry) as client:
        for blob in (SMALL, LARGE):
            with pytest.raises(RegistryError):
                await push(client, blob)
        assert client.known.upload_delete is False
        assert len(registry.requests("DELETE")) == 1


async def test_that_an_upload_was_gone_already_says_nothing_of_cancelling():
    faults = [
        Fault("PUT", "/uploads/", Answer(400)),
        Fault("DELETE", "/uploads/", Answer(404)),
    ]
    options = Options(whole_blobs=False)
    async with FakeRegistry(options, faults) as registry, opened(registry) as client:
        with pytest.raises(RegistryError):
            await push(client, SMALL)
        assert client.known.upload_delete is None


async def test_an_upload_whose_location_came_spoilt_says_nothing_of_cancelling():
    spoilt = Fault("POST", "/uploads/", AlterHeaders({"Location": "//"}))
    options = Options(whole_blobs=False)
    async with FakeRegistry(options, [spoilt]) as registry, opened(registry) as client:
        with pytest.raises(RegistryError):
            await push(client, SMALL)
        assert [each.status for each in registry.requests("DELETE")] == [405]
        assert client.known.upload_delete is None


async def test_that_a_registry_fails_at_what_it_has_is_known_to_all_its_clients():
    broken = Fault("HEAD", "/manifests/", Answer(500), times=None)
    async with FakeRegistry(faults=[broken]) as registry:
        state = HostState(registry.host)
        async with opened(registry, state=state) as client, opened(registry, state=state) as other:
            for each, tries in ((client, 3), (other, 1)):
                registry.log.clear()
                with pytest.raises(UnreadableError):
                    await repository(each).resolve("1")
                assert len(registry.requests("HEAD", "/manifests/")) == tries


def test_the_first_answer_about_referrers_counts_and_is_told_once(caplog):
    caplog.set_level("INFO")
    record = CapabilityRecord("host")
    for is_there in (True, False):
        record.observe_referrers_api(is_there=is_there)
    assert record.known.referrers_api is True
    assert caplog.messages == ["referrers at host are listed by its referrers API"]
