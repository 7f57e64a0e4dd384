"""Deleting: what is asked of the registry, and what its refusals mean."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import DeniedError, UnsupportedError

IMAGE = images.image("deleted")


@pytest.mark.parametrize("options", [Options(deletes="none"), Options(read_only=True)])
async def test_a_registry_that_deletes_nothing_is_one_sentence_with_advice(options):
    async with FakeRegistry(options) as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), IMAGE, "1.0")
        app = repository(client)
        for deleting in (
            app.delete_tag("1.0"),
            app.delete_manifest(IMAGE.digest),
            app.delete_blob(IMAGE.blobs[0].digest),
        ):
            with pytest.raises(UnsupportedError, match=r"answered 405 .* to DELETE ") as refused:
                await deleting
            assert "read-only" in str(refused.value.hint)
        assert len(registry.requests("DELETE")) == 3


async def test_deleting_asks_for_the_right_to_delete_alone():
    issuer = TokenIssuer([Account("user", "password")])
    async with (
        FakeRegistry(Options(auth=TokenAuth(issuer))) as registry,
        opened(registry, Credentials("user", "password")) as client,
    ):
        images.fill(registry.repository("team/app"), IMAGE, "1.0")
        assert await repository(client).delete_tag("1.0")
        scopes = [request.query for request in registry.requests("GET", "/token")]
        assert ["scope=repository:team/app:delete" in each for each in scopes] == [True]


async def test_an_account_that_may_not_delete_is_denied(fake_registry):
    fake_registry.fail(Fault("DELETE", "/manifests/", Answer(403)))
    async with opened(fake_registry) as client:
        with pytest.raises(DeniedError):
            await repository(client).delete_tag("1.0")


async def test_a_registry_that_is_busy_is_asked_again(fake_registry):
    images.fill(fake_registry.repository("team/app"), IMAGE, "1.0")
    fake_registry.fail(Fault("DELETE", "/manifests/", Answer(503)))
    async with opened(fake_registry) as client:
        assert await repository(client).delete_tag("1.0")
