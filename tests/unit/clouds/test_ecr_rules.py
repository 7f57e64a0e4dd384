from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from botocore import exceptions

from reposync.cloud_names import EcrPlace
from reposync.clouds.ecr import _read
from reposync.clouds.ecr_errors import translated
from reposync.clouds.ecr_repositories import RepositorySettings, create_arguments, policy_calls
from reposync.errors import (
    CertificateError,
    DeniedError,
    LoginError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    TransportError,
    UnavailableError,
)

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PLACE = EcrPlace("123456789012", "eu-west-1")
PUBLIC = EcrPlace(region="us-east-1", is_public=True)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
TOKEN = base64.b64encode(b"AWS:s3cret:with:colons").decode()


def raising(error: Exception) -> RepoSyncError:
    def work() -> None:
        raise error

    with pytest.raises(RepoSyncError) as caught:
        translated(work, HOST, "ecr:GetAuthorizationToken")
    return caught.value


def refused(code: str, message: str = "", status: int = 400) -> RepoSyncError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return raising(exceptions.ClientError(response, "GetAuthorizationToken"))


@pytest.mark.parametrize("is_list", [True, False])
def test_both_services_answers_are_read(is_list):
    data = {"authorizationToken": TOKEN, "expiresAt": NOW + timedelta(hours=1)}
    credentials, life_s = _read({"authorizationData": [data] if is_list else data}, "AWS", NOW)
    assert (credentials.user, credentials.password) == ("AWS", "s3cret:with:colons")
    assert life_s == 3600


def test_no_token_is_believed_to_be_good_for_longer_than_aws_gives_one():
    data = {"authorizationToken": TOKEN, "expiresAt": NOW + timedelta(days=400)}
    assert _read({"authorizationData": data}, "AWS", NOW)[1] == 12 * 3600


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"authorizationData": []},
        {"authorizationData": [{"authorizationToken": "!", "expiresAt": NOW}]},
        {"authorizationData": [{"authorizationToken": "QVdT", "expiresAt": NOW}]},
        {"authorizationData": [{"authorizationToken": TOKEN}]},
    ],
)
def test_an_answer_without_a_token_is_told(answer):
    with pytest.raises(ProtocolError, match="without an authorization token"):
        _read(answer, "AWS", NOW)


def test_no_credentials_at_all_is_told_with_what_to_set():
    error = raising(exceptions.NoCredentialsError())
    assert isinstance(error, LoginError)
    assert str(error) == f"no AWS credentials were found for {HOST}"
    assert "AWS_ACCESS_KEY_ID" in str(error.hint)
    assert "AWS_PROFILE" in str(error.hint)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ProfileNotFound(profile="prod"),
        exceptions.CredentialRetrievalError(provider="sso", error_msg="it has expired"),
        exceptions.ConfigParseError(path="/home/x/.aws/config", error="no section"),
    ],
)
def test_credentials_that_cannot_be_had_are_told_in_botocores_words(error):
    told = raising(error)
    assert isinstance(told, LoginError)
    assert f"cannot get AWS credentials for {HOST} ({error}".rstrip(".") in str(told)


def test_an_unknown_region_is_told():
    error = raising(exceptions.NoRegionError())
    assert isinstance(error, LoginError)
    assert error.hint == "set AWS_REGION"


@pytest.mark.parametrize(
    "error",
    [
        exceptions.EndpointConnectionError(endpoint_url="https://api.ecr.eu-west-1.amazonaws.com/"),
        exceptions.ConnectTimeoutError(endpoint_url="https://api.ecr.eu-west-1.amazonaws.com/"),
        exceptions.ReadTimeoutError(endpoint_url="https://api.ecr.eu-west-1.amazonaws.com/"),
    ],
)
def test_no_answer_is_worth_another_try(error):
    told = raising(error)
    assert isinstance(told, TransportError)
    assert told.retryable


def test_a_certificate_that_is_not_trusted_is_not_asked_again():
    error = raising(exceptions.SSLError(endpoint_url="https://api.ecr.x.example/", error="x"))
    assert isinstance(error, CertificateError)
    assert error.hint == "set AWS_CA_BUNDLE to the file of its CA"


def test_a_denied_call_names_the_permission():
    error = refused("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized")
    assert isinstance(error, DeniedError)
    assert "arn:aws:iam::1:user/x" in str(error)
    assert str(error.hint).startswith("allow ecr:GetAuthorizationToken in the policy")


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "ExpiredTokenException"])
def test_credentials_that_aws_does_not_accept_are_told_without_its_words(code):
    error = refused(code, "x-amz-security-token: s3cret")
    assert isinstance(error, LoginError)
    assert "s3cret" not in str(error)
    assert code in str(error)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 400, RateLimitedError),
        ("ServerException", 500, UnavailableError),
        ("InvalidParameterException", 400, RegistryError),
    ],
)
def test_other_refusals_are_of_their_kind(code, status, kind):
    assert type(refused(code, "it says", status)) is kind


def test_a_repository_is_made_as_ecr_does_where_the_file_says_nothing():
    assert create_arguments(PLACE, "team/app", RepositorySettings()) == {
        "repositoryName": "team/app",
        "registryId": "123456789012",
    }
    assert policy_calls(PLACE, "team/app", RepositorySettings()) == []


def test_a_repository_is_made_with_all_that_the_file_says():
    settings = RepositorySettings(
        tag_mutability="immutable",
        scan_on_push=False,
        kms_key="alias/images",
        tags={"team": "x", "empty": ""},
        lifecycle_policy="{1}",
        repository_policy="{2}",
    )
    named = {"repositoryName": "a", "registryId": "123456789012"}
    assert create_arguments(PLACE, "a", settings) == {
        **named,
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/images"},
        "tags": [{"Key": "team", "Value": "x"}, {"Key": "empty", "Value": ""}],
    }
    assert policy_calls(PLACE, "a", settings) == [
        ("SetRepositoryPolicy", {**named, "policyText": "{2}"}),
        ("PutLifecyclePolicy", {**named, "lifecyclePolicyText": "{1}"}),
    ]


def test_a_public_registry_is_always_ones_own():
    assert create_arguments(PUBLIC, "a", RepositorySettings()) == {"repositoryName": "a"}
