"""The file of logins that other programs read."""

from __future__ import annotations

import base64
import json

import pytest

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.external.authfile import authfile, secrets


def decoded(content: bytes) -> dict[str, dict[str, str]]:
    document = json.loads(content)
    assert list(document) == ["auths"]
    auths: dict[str, dict[str, str]] = document["auths"]
    return auths


def test_a_login_stands_under_its_name():
    auths = decoded(authfile({"a.example": Credentials("me", "p:w"), "b.example": None}))

    assert list(auths) == ["a.example"]
    assert base64.b64decode(auths["a.example"]["auth"]) == b"me:p:w"


def test_an_identity_token_has_a_place_of_its_own():
    auths = decoded(authfile({"a.example": Credentials("me", "", identity_token="tok")}))

    assert auths == {
        "a.example": {"auth": base64.b64encode(b"me:").decode(), "identitytoken": "tok"}
    }


def test_a_registry_token_is_refused_since_no_file_can_hold_it():
    with pytest.raises(LoginError, match="a file of docker"):
        authfile({"a.example": Credentials("", "", "a file of docker", registry_token="tok")})


def test_secrets_are_the_password_and_all_its_spellings():
    pair = base64.b64encode(b"me:pw").decode()

    assert secrets(Credentials("me", "pw")) == ("pw", pair)
    assert secrets(None) == ()
