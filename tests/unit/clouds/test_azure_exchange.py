from __future__ import annotations

import base64
import json

import pytest

from reposync.clouds.azure_exchange import claims, exchange_form, read_exchange
from reposync.errors import (
    DeniedError,
    LoginError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    UnavailableError,
)

HOST = "team.azurecr.io"


def token(**told: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.signature"


def answer(**document: object) -> bytes:
    return json.dumps(document).encode()


def test_the_tenant_is_the_one_that_the_token_names():
    shown = token(tid="tenant-1")
    assert exchange_form(HOST, shown, "tenant-2") == {
        "grant_type": "access_token",
        "service": HOST,
        "access_token": shown,
        "tenant": "tenant-1",
    }


def test_a_token_that_names_no_tenant_goes_with_that_of_the_environment_or_none():
    assert exchange_form(HOST, "opaque", "tenant-2")["tenant"] == "tenant-2"
    assert "tenant" not in exchange_form(HOST, "opaque", "")


def test_what_the_registry_gives_is_an_identity_token_for_as_long_as_it_says():
    given = token(iat=1000, exp=1000 + 10_800)
    granted = read_exchange(HOST, 200, answer(refresh_token=given))
    assert granted.credentials.identity_token == given
    assert granted.credentials.user == "00000000-0000-0000-0000-000000000000"
    assert granted.life_s == 10_800
    assert given not in repr(granted)


@pytest.mark.parametrize("given", ["opaque", token(exp="soon", iat=0), token(exp=1)])
def test_a_token_that_does_not_say_how_long_is_good_for_an_hour(given):
    assert read_exchange(HOST, 200, answer(refresh_token=given)).life_s == 3600


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", answer(), answer(refresh_token=5), answer(refresh_token="a\nb")]
)
def test_an_answer_without_a_token_is_told(body):
    with pytest.raises(ProtocolError, match="returned no token"):
        read_exchange(HOST, 200, body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginError),
        (403, DeniedError),
        (404, RegistryError),
        (429, RateLimitedError),
        (503, UnavailableError),
    ],
)
def test_a_refusal_is_named_with_what_the_registry_says(status, kind):
    body = answer(errors=[{"code": "UNAUTHORIZED", "message": "no access to this tenant"}])
    with pytest.raises(kind) as caught:
        read_exchange(HOST, status, body)
    assert str(caught.value) == (
        f"{HOST} answered {status} to the token exchange (UNAUTHORIZED: no access to this tenant)"
    )


def test_a_refusal_that_throws_the_token_back_does_not_show_it():
    shown = token(tid="x")
    with pytest.raises(LoginError) as caught:
        read_exchange(HOST, 401, answer(errors=[{"code": "X", "message": f"bad token {shown}"}]))
    assert shown not in str(caught.value)
    assert str(caught.value.hint).startswith("give this identity AcrPull")


@pytest.mark.parametrize("text", ["", "a.b", "a.!!!.c", "a.WzFd.c", "a.aaaaa.c", "..."])
def test_what_is_no_web_token_claims_nothing(text):
    assert claims(text) == {}
