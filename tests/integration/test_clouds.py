"""Runs to registries of clouds: real libraries of their vendors, and services on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests import images
from tests.e2e.command import run
from tests.fakes.registry import (
    Account,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.integration.clouds import (
    AZURE_USER,
    GOOGLE_USER,
    GRAPH,
    Ecr,
    aws,
    clear,
    copying,
    denied,
    document,
    service_account,
    web_token,
)
from tests.integration.sites import sync
from tests.servers import moto as moto_server
from tests.servers.docker_registry import Login, docker_registry
from tests.servers.scripted import scripted

from reposync.cloud_names import EcrPlace
from reposync.clouds.ecr import EcrApi
from reposync.clouds.ecr_repositories import EcrRepositories, RepositorySettings
from reposync.config.model import Registry
from reposync.config.repository_creation import CreateRepositories
from reposync.errors import DeniedError, LoginError, NoTLSError, RegistryError
from reposync.wiring.credentials import CredentialSources
from reposync.wiring.trust import Transports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reposync.credentials import CredentialSource

LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
            "action": {"type": "expire"},
        }
    ]
}
REGION = {"AWS_REGION": "eu-west-1"}
HOST_OF_AWS = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PUBLIC = EcrPlace(region="us-east-1", is_public=True)


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch, tmp_path):
    clear(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server.moto() as url:
        yield url


@pytest.fixture
def user_of_aws(monkeypatch, moto):
    """Be somebody at AWS, and give what AWS knows of ECR there."""
    for name, value in aws(moto).items():
        monkeypatch.setenv(name, value)
    return EcrApi("ecr", EcrPlace(), region="eu-west-1")


def setenv(monkeypatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def source_at(registry: Registry) -> CredentialSource:
    return CredentialSources(REGION).source("key", registry, Transports({}).to(registry))


def open_to(user: str, *passwords: str, **options) -> Options:
    accounts = tuple(Account(user, password) for password in passwords)
    return Options(auth=BasicAuth(accounts), **options)


def by_token(user: str, password: str, **identity_tokens: str) -> Options:
    issuer = TokenIssuer((Account(user, password),), identity_tokens=identity_tokens)
    return Options(auth=TokenAuth(issuer))


def known(api: EcrApi, name: str) -> dict[str, Any]:
    """Look *name* up at the control plane, which is another process; nothing where it is not."""
    try:
        answer = api._called("DescribeRepositories", {"repositoryNames": [name]})
    except RegistryError:
        return {}
    repository: dict[str, Any] = answer["repositories"][0]
    return repository


async def test_images_arrive_at_ecr_in_repositories_that_are_made_on_the_way(
    user_of_aws, tmp_path, caplog
):
    caplog.set_level(logging.INFO, logger="reposync.clouds")
    (tmp_path / "lifecycle.json").write_text(json.dumps(LIFECYCLE))
    how = CreateRepositories(
        tag_mutability="immutable",
        scan_on_push=True,
        kms_key="alias/images",
        aws_tags={"team": "x"},
        lifecycle_policy_file=str(tmp_path / "lifecycle.json"),
    )
    options = open_to(
        moto_server.USER,
        moto_server.PASSWORD,
        was_made=lambda name: bool(known(user_of_aws, name)),
    )
    async with FakeRegistry() as here, FakeRegistry(options) as there:
        for tag in ("1", "2", "3"):
            images.fill(here.repository("app"), images.image(tag), tag)
        file = copying(
            Registry(url=here.host, skip_tls_verify=True),
            Registry(
                url=there.host, skip_tls_verify=True, credentials="ecr", create_repositories=how
            ),
            *("made/one", "made/two"),
        )
        first, second = await sync(file, REGION), await sync(file, REGION)
        assert not first.summary.failed, first.summary.failures
        assert {len(there.repository(f"made/{each}").tags) for each in ("one", "two")} == {3}
        assert {status.name for status in second.statuses.values()} == {"UP_TO_DATE"}
    assert sorted(caplog.messages) == [
        f"created the repository {there.host}/made/one",
        f"created the repository {there.host}/made/two",
    ]
    repository = known(user_of_aws, "made/one")
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"]["kmsKey"] == "alias/images"
    named = {"repositoryName": "made/one"}
    policy = await user_of_aws.call("GetLifecyclePolicy", named)
    assert json.loads(policy["lifecyclePolicyText"]) == LIFECYCLE
    tags = await user_of_aws.call(
        "ListTagsForResource", {"resourceArn": repository["repositoryArn"]}
    )
    assert tags["tags"] == [{"Key": "team", "Value": "x"}]


async def test_without_the_key_nothing_is_made_and_the_run_fails(user_of_aws):
    options = open_to(
        moto_server.USER,
        moto_server.PASSWORD,
        was_made=lambda name: bool(known(user_of_aws, name)),
    )
    async with FakeRegistry() as here, FakeRegistry(options) as there:
        images.fill(here.repository("app"), GRAPH, "1")
        file = copying(
            Registry(url=here.host, skip_tls_verify=True),
            Registry(url=there.host, skip_tls_verify=True, credentials="ecr"),
            "not/made",
        )
        ran = await sync(file, REGION)
    (failure,) = ran.summary.failures
    assert "NAME_UNKNOWN" in failure.sentence
    assert known(user_of_aws, "not/made") == {}


@pytest.mark.usefixtures("user_of_aws")
async def test_a_real_registry_takes_the_password_that_ecr_gives(tmp_path, here):
    login = Login(moto_server.USER, moto_server.PASSWORD)
    await here.publish("app", [GRAPH], "1")
    with docker_registry(tmp_path, login=login) as there:
        settings = Registry(url=there.host, skip_tls_verify=True, credentials="ecr")
        ran = await sync(copying(here.settings, settings, "copy"), REGION)
    assert not ran.summary.failed, ran.summary.failures


async def test_a_password_of_ecr_that_has_expired_is_replaced(monkeypatch):
    with scripted(Ecr("old", "new")) as control:
        setenv(monkeypatch, **aws(control.url))
        async with FakeRegistry() as here, FakeRegistry(open_to("AWS", "new")) as there:
            images.fill(here.repository("app"), GRAPH, "1")
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="ecr")
            file = copying(Registry(url=here.host, skip_tls_verify=True), settings, "copy")
            ran = await sync(file, REGION)
    assert not ran.summary.failed, ran.summary.failures
    assert control.actions == ["GetAuthorizationToken"] * 2


async def test_a_password_of_ecr_that_is_never_right_is_asked_for_twice(monkeypatch):
    with scripted(Ecr("one", "two", "three")) as control:
        setenv(monkeypatch, **aws(control.url))
        async with FakeRegistry() as here, FakeRegistry(open_to("AWS", "other")) as there:
            for tag in ("1", "2", "3", "4"):
                images.fill(here.repository("app"), images.image(tag), tag)
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="ecr")
            file = copying(Registry(url=here.host, skip_tls_verify=True), settings, "copy")
            ran = await sync(file, REGION)
            shown = [one for one in there.requests() if "authorization" in str(one.headers).lower()]
    assert len(ran.summary.failures) == 4
    assert control.actions == ["GetAuthorizationToken"] * 2
    assert len(shown) <= 4
    assert ran.summary.failures[0].hint.startswith("check AWS, by env, and whether")


async def test_who_may_not_have_a_password_of_ecr_hears_which_permission_it_takes(monkeypatch):
    answer = denied("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized")
    with scripted(Ecr("x", GetAuthorizationToken=answer)) as control:
        setenv(monkeypatch, **aws(control.url))
        source = source_at(Registry(url="127.0.0.1:5000", credentials="ecr"))
        with pytest.raises(DeniedError, match="arn:aws:iam::1:user/x") as caught:
            await source.credentials("x")
    assert str(caught.value.hint).startswith("allow ecr:GetAuthorizationToken")


async def test_who_is_nobody_at_aws_hears_what_to_set(monkeypatch):
    source = source_at(Registry(url="127.0.0.1:5000", credentials="ecr"))
    with pytest.raises(LoginError, match="no AWS credentials were found") as caught:
        await source.credentials("x")
    assert "AWS_PROFILE" in str(caught.value.hint)
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    source = source_at(Registry(url="127.0.0.1:5000", credentials="ecr"))
    with pytest.raises(LoginError, match="nowhere"):
        await source.credentials("x")


async def test_tasks_that_want_a_repository_at_once_make_it_once(monkeypatch):
    with scripted(Ecr("x")) as control:
        setenv(monkeypatch, **aws(control.url))
        creator = EcrRepositories(
            EcrApi("ecr", EcrPlace("123456789012", "x")), RepositorySettings()
        )
        await asyncio.gather(*(creator.create("team/app") for _ in range(20)))
    assert control.actions == ["CreateRepository"]
    assert json.loads(control.asked[0].body) == {
        "repositoryName": "team/app",
        "registryId": "123456789012",
    }


async def test_a_repository_that_another_made_keeps_its_policies(user_of_aws):
    await user_of_aws.call("CreateRepository", {"repositoryName": "others/app"})
    settings = RepositorySettings(
        tag_mutability="immutable", lifecycle_policy=json.dumps(LIFECYCLE)
    )
    await EcrRepositories(user_of_aws, settings).create("others/app")
    assert known(user_of_aws, "others/app")["imageTagMutability"] == "MUTABLE"
    with pytest.raises(RegistryError, match="LifecyclePolicyNotFound"):
        await user_of_aws.call("GetLifecyclePolicy", {"repositoryName": "others/app"})


async def test_a_policy_that_ecr_refuses_is_told_for_each_image_and_asked_once(user_of_aws):
    creator = EcrRepositories(user_of_aws, RepositorySettings(repository_policy='{"a": 1}'))
    for _ in range(2):
        with pytest.raises(RegistryError, match="SetRepositoryPolicy") as caught:
            await creator.create("policies/app")
        assert str(caught.value.hint).startswith("policies/app was created without it")


async def test_public_registries_are_of_a_service_of_their_own(monkeypatch):
    registries = 200, {"registries": [{"aliases": [{"name": "team"}, {"name": "x1y2"}]}]}
    with scripted(Ecr("public", DescribeRegistries=registries)) as control:
        setenv(monkeypatch, **aws(control.url))
        api = EcrApi("public.ecr.aws", PUBLIC)
        assert (await api.granted()).credentials.password == "public"
        creator = EcrRepositories(api, RepositorySettings(tags={"a": "b"}))
        await creator.create("team/app")
        await creator.create("x1y2/nested/app")
        with pytest.raises(RegistryError, match="where this account has team, x1y2") as caught:
            await creator.create("others/app")
    assert caught.value.hint == "begin the repository with an alias of your public registry"
    targets = {asked.headers["x-amz-target"].partition(".")[0] for asked in control.asked}
    assert targets == {"SpencerFrontendService"}
    made = [json.loads(each.body) for each in control.asked if each.action == "CreateRepository"]
    assert [each["repositoryName"] for each in made] == ["app", "nested/app"]
    assert made[0]["tags"] == [{"Key": "a", "Value": "b"}]


async def test_a_key_of_a_service_account_of_google_is_good_for_its_registries(
    monkeypatch, tmp_path
):
    answer = 200, {"access_token": "ya29.first", "expires_in": 3600, "token_type": "Bearer"}
    with scripted(lambda _: answer) as google:
        key = service_account(tmp_path, f"{google.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        options = by_token(GOOGLE_USER, "ya29.first")
        async with FakeRegistry() as here, FakeRegistry(options) as there:
            images.fill(here.repository("app"), GRAPH, "1")
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="gcr")
            file = copying(Registry(url=here.host, skip_tls_verify=True), settings, "copy", "other")
            ran = await sync(file, REGION)
    assert not ran.summary.failed, ran.summary.failures
    (asked,) = google.asked
    assert asked.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"


async def test_a_machine_of_googles_is_who_it_is_there(monkeypatch):
    def metadata(asked):
        if asked.path.startswith("/computeMetadata/v1/instance/service-accounts/default/token"):
            return 200, {"access_token": "ya29.machine", "expires_in": 3000, "token_type": "x"}
        if asked.path.startswith("/computeMetadata/v1/project/project-id"):
            return 200, "project"
        return 200, {"email": "sync@project", "scopes": [], "aliases": ["default"]}

    headers = {"Metadata-Flavor": "Google", "Content-Type": "application/json"}
    with scripted(metadata, headers) as server:
        host = server.url.partition("://")[2]
        setenv(monkeypatch, GCE_METADATA_HOST=host, GCE_METADATA_IP=host, GCE_METADATA_ROOT=host)
        found = await source_at(Registry(url="europe-docker.pkg.dev")).credentials("x")
    assert found is not None
    assert (found.user, found.password) == (GOOGLE_USER, "ya29.machine")


@pytest.mark.parametrize(
    ("status", "answer", "kind", "said"),
    [
        (400, {"error": "invalid_grant", "error_description": "Bad"}, LoginError, "invalid_grant"),
        (200, {"nothing": "here"}, LoginError, "issued no token"),
    ],
)
async def test_what_google_refuses_is_one_sentence(
    monkeypatch, tmp_path, status, answer, kind, said
):
    with scripted(lambda _: (status, answer)) as google:
        key = service_account(tmp_path, f"{google.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        with pytest.raises(kind, match=said) as caught:
            await source_at(Registry(url="h:1", credentials="gcr")).credentials("x")
    assert "gcloud auth application-default login" in str(caught.value.hint)
    assert "\n" not in str(caught.value)


async def test_who_is_nobody_at_google_hears_what_to_do(monkeypatch, tmp_path):
    source = source_at(Registry(url="h:1", credentials="gcr"))
    with pytest.raises(LoginError, match="no Google credentials were found for h:1"):
        await source.credentials("x")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    source = source_at(Registry(url="h:1", credentials="gcr"))
    with pytest.raises(LoginError, match=r"nowhere\.json was not found"):
        await source.credentials("x")


def machine_of_azure(monkeypatch, url: str) -> None:
    """Run where Azure gives a managed identity, as its App Service does."""
    setenv(monkeypatch, IDENTITY_ENDPOINT=f"{url}/identity", IDENTITY_HEADER="h34der-s3cret")


async def test_a_registry_of_azure_gives_a_token_for_that_of_the_machine(monkeypatch):
    entra = web_token(tid="tenant-1", aud="https://containerregistry.azure.net")
    refresh = web_token(iat=0, exp=10_800)
    answer = 200, {"access_token": entra, "expires_on": "4000000000", "resource": "x"}
    options = by_token(AZURE_USER, "unused", **{refresh: AZURE_USER})
    with scripted(lambda _: answer) as azure:
        machine_of_azure(monkeypatch, azure.url)
        async with FakeRegistry() as here, FakeRegistry(options) as there:
            given = json.dumps({"refresh_token": refresh}).encode()
            there.fail(Fault("POST", "/oauth2/exchange", Answer(200, {}, given), times=None))
            images.fill(here.repository("app"), GRAPH, "1")
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="acr")
            file = copying(Registry(url=here.host, skip_tls_verify=True), settings, "copy", "other")
            ran = await sync(file, REGION)
            exchanges = there.requests("POST", "/oauth2/exchange")
    assert not ran.summary.failed, ran.summary.failures
    assert len(exchanges) == 1
    assert "containerregistry.azure.net" in azure.asked[0].path


async def test_a_registry_of_azure_that_refuses_the_identity_says_which_role_it_takes(monkeypatch):
    answer = 200, {"access_token": "opaque", "expires_on": "4000000000", "resource": "x"}
    with scripted(lambda _: answer) as azure:
        machine_of_azure(monkeypatch, azure.url)
        async with FakeRegistry() as here, FakeRegistry(by_token("x", "x")) as there:
            refusal = b'{"errors": [{"code": "UNAUTHORIZED", "message": "not this tenant"}]}'
            there.fail(Fault("POST", "/oauth2/exchange", Answer(401, {}, refusal), times=None))
            images.fill(here.repository("app"), GRAPH, "1")
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="acr")
            file = copying(Registry(url=here.host, skip_tls_verify=True), settings, "copy", "other")
            ran = await sync(file, REGION)
            exchanges = there.requests("POST", "/oauth2/exchange")
    assert {failure.hint for failure in ran.summary.failures} == {
        (
            "give this identity AcrPull or AcrPush at the registry, "
            "and check that both are in one tenant"
        )
    }
    assert "not this tenant" in ran.summary.failures[0].sentence
    assert len(exchanges) == 1


async def test_a_registry_of_azure_cannot_send_the_machines_token_elsewhere(monkeypatch):
    answer = 200, {"access_token": "entra", "expires_on": "4000000000", "resource": "x"}
    with scripted(lambda _: answer) as azure, scripted(lambda _: (200, {})) as elsewhere:
        machine_of_azure(monkeypatch, azure.url)
        async with FakeRegistry() as there:
            away = Answer(307, {"Location": f"{elsewhere.url}/oauth2/exchange"})
            there.fail(Fault("POST", "/oauth2/exchange", away, times=None))
            settings = Registry(url=there.host, skip_tls_verify=True, credentials="acr")
            with pytest.raises(RegistryError, match="answered 307 to the token exchange"):
                await source_at(settings).credentials("x")
    assert elsewhere.asked == []


async def test_the_machines_token_takes_no_other_scheme_than_the_file_names(monkeypatch):
    answer = 200, {"access_token": "entra", "expires_on": "4000000000", "resource": "x"}
    with scripted(lambda _: answer) as azure:
        machine_of_azure(monkeypatch, azure.url)
        async with FakeRegistry() as plain:
            url = f"https://{plain.host}"
            settings = Registry(url=url, skip_tls_verify=True, credentials="acr")
            with pytest.raises(NoTLSError):
                await source_at(settings).credentials("x")
            assert plain.requests() == ()


async def test_who_is_nobody_at_azure_hears_what_to_do(caplog):
    source = source_at(Registry(url="h:1", credentials="acr"))
    with pytest.raises(LoginError, match="no Azure credentials were found for h:1") as caught:
        await source.credentials("x")
    assert "run `az login`" in str(caught.value.hint)
    assert [each for each in caplog.records if each.name.startswith("reposync")] == []


@pytest.mark.parametrize("host", [HOST_OF_AWS, "gcr.io", "team.azurecr.io"])
async def test_a_cloud_that_nobody_asked_for_fails_in_silence(caplog, host):
    caplog.set_level(logging.DEBUG, logger="reposync.login")
    assert await source_at(Registry(url=host)).credentials("x") is None
    assert caplog.messages[0].startswith(f"{host}: not using cloud credentials: ")
    assert caplog.messages[1:] == [f"key ({host}): anonymous"]


@pytest.mark.usefixtures("user_of_aws")
async def test_a_cloud_is_known_by_the_name_of_its_registry():
    found = await source_at(Registry(url=HOST_OF_AWS)).credentials("x")
    assert found is not None
    assert (found.password, found.origin) == (moto_server.PASSWORD, "AWS, by env")
    assert await source_at(Registry(url=HOST_OF_AWS, credentials="none")).credentials("x") is None


@pytest.mark.usefixtures("user_of_aws")
@pytest.mark.parametrize(
    "others", [{"url": f"http://{HOST_OF_AWS}"}, {"url": HOST_OF_AWS, "skip_tls_verify": True}]
)
async def test_where_another_may_listen_a_cloud_lends_by_the_files_word_alone(others):
    assert await source_at(Registry(**others)).credentials("x") is None
    assert await source_at(Registry(**others, credentials="ecr")).credentials("x")


@pytest.mark.parametrize("is_right", [True, False])
async def test_what_clouds_lend_and_are_shown_is_told_to_nobody(monkeypatch, tmp_path, is_right):
    entra, refresh = web_token(tid="t"), web_token(iat=0, exp=10_800)
    answer = 200, {"access_token": entra, "expires_on": "4000000000", "resource": "x"}
    password = "ecr-p4ssword"
    options = open_to("AWS", password if is_right else "other")
    azure_options = by_token(AZURE_USER, "x", **{refresh if is_right else "other": AZURE_USER})
    with scripted(Ecr(password)) as control, scripted(lambda _: answer) as azure:
        machine_of_azure(monkeypatch, azure.url)
        async with (
            FakeRegistry() as here,
            FakeRegistry(options) as ecr,
            FakeRegistry(azure_options) as acr,
        ):
            given = json.dumps({"refresh_token": refresh}).encode()
            acr.fail(Fault("POST", "/oauth2/exchange", Answer(200, {}, given), times=None))
            images.fill(here.repository("app"), GRAPH, "1")
            there = {
                cloud: {"url": registry.host, "skip-tls-verify": True, "credentials": cloud}
                for cloud, registry in (("ecr", ecr), ("acr", acr))
            }
            text = await asyncio.to_thread(told, tmp_path, here.host, there, aws(control.url))
    assert ("2 copied" in text) is is_right
    assert "from AWS, by env" in text
    secrets = (password, entra, refresh, "aws-s3cret-key", "h34der-s3cret")
    assert [secret for secret in secrets if secret in text] == []


def told(folder: Path, here: str, there: dict[str, Any], environ: Any) -> str:
    """Copy by the installed command, and give all that it wrote."""
    file, report = folder / "sync.json", folder / "report.json"
    file.write_text(document(here, there))
    arguments = ("-c", str(file), "--log-level", "debug", "--report", str(report))
    done = run(*arguments, **environ, HOME=str(folder))
    assert "this is a bug" not in done.stderr
    return done.stdout + done.stderr + report.read_text()
