from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import NotFoundError, RegistryError
from reposync.oci.manifest import parse
from reposync.registry.auth.tokens import Scope
from reposync.registry.call import Call
from reposync.registry.missing_repositories import MissingRepositories

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
HINT = (
    "make the repository team/app, or write `create_repositories: true` at this registry in the "
    "file"
)
PUSH = Call("POST", "/v2/team/app/blobs/uploads/", Scope("team/app", "pull,push"), body=b"")


class Creator:
    """Creates repositories that the registry then knows, or does not."""

    def __init__(self, *, works: bool = True, error: RegistryError | None = None) -> None:
        self.asked: list[str] = []
        self.made: set[str] = set()
        self._works, self._error = works, error

    async def create(self, repository: str) -> None:
        self.asked.append(repository)
        if self._error is not None:
            raise self._error
        if self._works:
            self.made.add(repository)


async def chunks(content: bytes):
    yield content


@pytest.mark.parametrize("size", [100, 200_000])
async def test_a_repository_that_is_missing_is_created_and_the_push_sent_again(size):
    creator = Creator()
    blob = images.blob("x", size)
    async with FakeRegistry(Options(was_made=creator.made.__contains__)) as registry:
        async with opened(registry, creator=creator) as client:
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
        assert registry.repository("team/app").blobs == {blob.descriptor.digest}
    assert creator.asked == ["team/app"]


async def test_a_manifest_without_blobs_makes_its_repository_too():
    creator = Creator()
    empty = parse(b'{"schemaVersion":2,"manifests":[]}', "application/vnd.oci.image.index.v1+json")
    async with FakeRegistry(Options(was_made=creator.made.__contains__)) as registry:
        async with opened(registry, creator=creator) as client:
            await repository(client).push_manifest(empty, "1")
        assert "1" in registry.repository("team/app").tags
    assert creator.asked == ["team/app"]


async def test_a_mount_into_a_repository_that_is_missing_is_a_mount_once_it_is_made():
    creator = Creator()
    creator.made.add("base")
    async with FakeRegistry(Options(was_made=creator.made.__contains__)) as registry:
        blob = images.blob("base layer")
        registry.repository("base").add_blob(blob.content)
        async with opened(registry, creator=creator) as client:
            assert await repository(client).mount_blob(blob.descriptor, "base")
    assert creator.asked == ["team/app"]


async def test_a_repository_that_is_there_costs_no_request():
    creator = Creator()
    creator.made.add("team/app")
    blob = images.blob("x")
    async with FakeRegistry(Options(was_made=creator.made.__contains__)) as registry:
        async with opened(registry, creator=creator) as client:
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
        methods = [request.method for request in registry.requests() if request.path != "/v2/"]
    assert methods == ["POST"]
    assert creator.asked == []


async def test_a_repository_that_is_still_missing_then_is_a_failure():
    creator = Creator(works=False)
    blob = images.blob("x")
    async with (
        FakeRegistry(Options(was_made=creator.made.__contains__)) as registry,
        opened(registry, creator=creator) as client,
    ):
        with pytest.raises(NotFoundError, match="does not exist"):
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
    assert creator.asked == ["team/app"]


async def test_why_it_cannot_be_made_is_what_is_told():
    creator = Creator(error=RegistryError("AWS refused ecr:CreateRepository"))
    blob = images.blob("x")
    async with (
        FakeRegistry(Options(was_made=creator.made.__contains__)) as registry,
        opened(registry, creator=creator) as client,
    ):
        with pytest.raises(RegistryError, match="ecr:CreateRepository"):
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))


async def test_a_blob_that_is_missing_is_no_missing_repository(fake_registry):
    creator = Creator()
    unknown = Answer(404, {}, b'{"errors": [{"code": "BLOB_UNKNOWN"}]}')
    fake_registry.fail(Fault("POST", "/uploads/", unknown, times=None))
    blob = images.blob("x")
    async with opened(fake_registry, creator=creator) as client:
        with pytest.raises(NotFoundError):
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
    assert creator.asked == []


async def test_reading_makes_no_repository(fake_registry):
    creator = Creator()
    async with opened(fake_registry, creator=creator) as client:
        with pytest.raises(NotFoundError):
            await repository(client).fetch_manifest("1")
    assert creator.asked == []


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        (
            ECR,
            HINT,
        ),
        ("registry.example.com", None),
    ],
)
async def test_where_it_could_be_made_the_failure_says_so(host, hint):
    error = NotFoundError("no", status=404, codes=("NAME_UNKNOWN",))
    assert not await MissingRepositories(host, None).make(PUSH, error)
    assert error.hint == hint
