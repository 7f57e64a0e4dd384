"""How registries refuse to move a tag, and what becomes of it."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.contract.pushing import push
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import ConflictError, RateLimitedError, RegistryError, UnavailableError
from reposync.registry.buffered_response import BufferedResponse as ReadAnswer
from reposync.registry.immutability import TagRefusedError
from reposync.registry.refusal import refusal

NAME = "team/app"
OLD = images.image("old")
NEW = images.image("new")

# Status, code and message, as far as such refusals are known.
REFUSALS = {
    "ecr": (
        400,
        "TAG_INVALID",
        "The image tag '1.0' already exists in the 'app' repository and cannot be overwritten.",
    ),
    "ecr by its exception": (400, "ImageTagAlreadyExistsException", ""),
    "ecr by conflict": (409, "TAG_ALREADY_EXISTS", ""),
    "harbor": (
        412,
        "PRECONDITION",
        "Failed to process request due to 'app:1.0' configured as immutable.",
    ),
    "acr": (
        405,
        "UNSUPPORTED",
        "The operation is disallowed on this registry, repository or image.",
    ),
    "acr by conflict": (409, "TAG_LOCKED", "the tag is locked"),
    "artifact registry": (400, "FAILED_PRECONDITION", "The repository has immutable tags enabled"),
    "quay": (409, "TAG_IMMUTABLE", "cannot overwrite"),
    "artifactory": (403, "DENIED", "Not enough permissions to delete/overwrite artifact"),
    "nexus": (400, "UNKNOWN", "Repository does not allow updating assets: docker-hosted"),
    "nexus by its setting": (400, "UNKNOWN", "redeploy is disabled"),
    "broken on top": (500, "UNKNOWN", "tag 1.0 is immutable"),
}
OTHERS = {
    "invalid": (400, "MANIFEST_INVALID", "manifest invalid", RegistryError),
    "missing": (400, "MANIFEST_BLOB_UNKNOWN", "blob already exists elsewhere", RegistryError),
    "illegal": (400, "TAG_INVALID", "tag name is not legal", RegistryError),
    "names": (400, "NAME_INVALID", "team/app is not legal", RegistryError),
    "broken": (500, "UNKNOWN", "database is locked", UnavailableError),
    "busy": (429, "TOOMANYREQUESTS", "too many pushes", RateLimitedError),
}


def read(status, code, message, *, method="PUT", path=f"/v2/{NAME}/manifests/1.0"):
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return refusal(ReadAnswer(method, f"https://r.example{path}", status, {}, body))


@pytest.mark.parametrize("said", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_to_move_a_tag_is_known_by_how_it_is_said(said):
    error = read(*said)
    assert type(error) is TagRefusedError
    assert not error.retryable


@pytest.mark.parametrize(("status", "code", "message", "kind"), OTHERS.values(), ids=OTHERS)
def test_other_refusals_of_a_manifest_stay_what_they_are(status, code, message, kind):
    assert not isinstance(read(status, code, message), TagRefusedError)
    assert isinstance(read(status, code, message), kind)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v2/{NAME}/manifests/1.0"),
        ("DELETE", f"/v2/{NAME}/manifests/1.0"),
        ("PUT", f"/v2/{NAME}/manifests/{OLD.digest}"),
        ("PUT", f"/v2/{NAME}/blobs/uploads/1"),
    ],
)
def test_only_a_put_of_a_tag_can_be_refused_so(method, path):
    error = read(412, "PRECONDITION", "configured as immutable", method=method, path=path)
    assert not isinstance(error, TagRefusedError)


def test_a_name_that_stands_in_the_text_does_not_count():
    path = "/v2/team/immutable/manifests/locked"
    error = read(400, "X", "no space for team/immutable: locked in tag locked", path=path)
    assert not isinstance(error, TagRefusedError)


@pytest.mark.parametrize("said", REFUSALS.values(), ids=REFUSALS)
async def test_a_tag_that_cannot_move_is_a_conflict_and_is_tried_once(said):
    options = Options(immutable_tags=r"1\..*", immutable_refusal=said)
    async with FakeRegistry(options) as registry, opened(registry) as client:
        await push(repository(client), OLD, "1.0", "latest")
        with pytest.raises(ConflictError, match=r"refuses to move tag 1\.0.*immutable") as caught:
            await push(repository(client), NEW, "1.0")
        assert "overwrite: never" in (caught.value.hint or "")
        assert len(registry.requests("PUT", r"/manifests/1\.0")) == 2
        await push(repository(client), NEW, "latest")
        assert registry.repository(NAME).tags == {"1.0": OLD.digest, "latest": NEW.digest}


async def test_an_immutable_tag_that_names_the_manifest_already_is_a_success():
    async with FakeRegistry(Options(immutable_tags=".*")) as registry, opened(registry) as client:
        for _ in range(2):
            await push(repository(client), OLD, "1.0")
        assert [request.status for request in registry.requests("PUT", "/manifests/1")] == [
            201,
            400,
        ]


async def test_a_refusal_of_a_tag_that_is_not_there_is_told_as_it_was_said():
    body = b'{"errors": [{"code": "TAG_INVALID", "message": "v tags are immutable"}]}'
    fault = Fault("PUT", "/manifests/v1", Answer(400, body=body))
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(RegistryError, match="v tags are immutable"):
            await push(repository(client), OLD, "v1")


async def test_a_referrer_under_an_immutable_tag_is_listed_all_the_same():
    bundle = images.artifact("bundle", subject=OLD.root.descriptor)
    options = Options(immutable_tags="bundle", referrers_api=False)
    async with FakeRegistry(options) as registry, opened(registry) as client:
        images.fill(registry.repository(NAME), bundle, "bundle")
        await push(repository(client), bundle, "bundle")
        (entry,) = await repository(client).list_referrers(OLD.digest)
        assert entry == bundle.root.descriptor
