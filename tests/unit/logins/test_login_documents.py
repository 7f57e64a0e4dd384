"""What a file of logins says, and what is said of one that cannot be used."""

from __future__ import annotations

import base64
import json

import pytest
from tests.unit.logins.homes import packed

from reposync.credentials import Credentials
from reposync.errors import LoginError
from reposync.logins.document import login, parse
from reposync.logins.places import Place

PLACE = Place("docker's config.json", "/home/me/.docker/config.json")
ORIGIN = "docker's config.json (/home/me/.docker/config.json)"
SECRET = "s3cret-of-mine"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (packed("me", SECRET), ("me", SECRET, "", "")),
        (packed("_json_key", '{"a": "b:c"}\n'), ("_json_key", '{"a": "b:c"}\n', "", "")),
        ({"auth": packed("me", SECRET)["auth"].rstrip("=")}, ("me", SECRET, "", "")),
        (packed("me", SECRET + "\0\0"), ("me", SECRET, "", "")),
        (packed("me", ""), ("me", "", "", "")),
        ({"username": "me", "password": SECRET}, ("me", SECRET, "", "")),
        (packed("me", SECRET) | {"username": "u", "password": "p"}, ("me", SECRET, "", "")),
        (packed("me", SECRET) | {"email": "me@example.com"}, ("me", SECRET, "", "")),
        ({"auth": "", "identitytoken": SECRET}, ("", "", SECRET, "")),
        (packed("me", "") | {"identitytoken": SECRET}, ("me", "", SECRET, "")),
        ({"registrytoken": SECRET}, ("", "", "", SECRET)),
    ],
)
def test_a_login_is_read_however_it_is_written(entry, expected):
    user, password, identity_token, registry_token = expected
    found = login("r.example", entry, ORIGIN)
    assert found == Credentials(user, password, ORIGIN, identity_token, registry_token)
    assert SECRET not in repr(found)


@pytest.mark.parametrize("entry", [{}, {"auth": ""}, {"email": "me@example.com"}, {"auth": None}])
def test_an_entry_that_says_nothing_is_no_login(entry):
    assert login("r.example", entry, ORIGIN) is None


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("text", "the login of r.example in "),
        ({"auth": 5}, "auth of r.example in "),
        ({"identitytoken": [SECRET]}, "identitytoken of r.example in "),
        ({"auth": SECRET}, "is not user:password in Base64"),
        ({"auth": base64.b64encode(SECRET.encode()).decode()}, "is not user:password in Base64"),
        ({"auth": base64.b64encode(b"\xff:" + SECRET.encode()).decode()}, "in Base64"),
    ],
)
def test_an_entry_that_cannot_be_understood_is_told_without_what_is_in_it(entry, what):
    with pytest.raises(LoginError, match=what) as caught:
        login("r.example", entry, ORIGIN)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    assert ORIGIN in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"auths": {"a": {"auth": "' + SECRET + '",}}}', "is not JSON: line 1, column "),
        ("[]", "is not a map"),
        ('{"auths": ["r.example"]}', "auths in .* is not a map"),
        ('{"auths": "x"}', "auths in .* is not a map"),
        ('{"credHelpers": ["x"]}', "credHelpers in .* is not a map"),
        ('{"credHelpers": {"a": 5}}', "credHelpers, a in .* is not the name of a helper"),
        ('{"credsStore": {}, "auths": {}, "credsStore": 7}', "credsStore in .* is not the name"),
        ("[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_document_that_is_broken_is_told_in_one_sentence_with_its_place(text, what):
    with pytest.raises(LoginError, match=what) as caught:
        parse(text, PLACE)
    assert ORIGIN in str(caught.value)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__}"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "\n", "{}", '{"auths": null, "credsStore": null}', '{"auths": []}']
)
def test_a_document_may_be_empty(text):
    document = parse(text, PLACE)
    assert (document.logins, document.helpers, document.store) == ({}, {}, "")


def test_all_that_concerns_logins_is_read_and_all_else_passed_over():
    text = json.dumps(
        {
            "auths": {"r.example": {}},
            "credHelpers": {"s.example": "pass"},
            "credsStore": "secretservice",
            "HttpHeaders": {"User-Agent": "x"},
            "proxies": [],
        }
    )
    document = parse(text, PLACE)
    assert document.logins == {"r.example": {}}
    assert document.helpers == {"s.example": "pass"}
    assert document.store == "secretservice"


def test_a_file_of_old_holds_logins_alone():
    place = Place("docker's .dockercfg", "/home/me/.dockercfg", is_bare=True)
    assert parse('{"r.example": {"auth": "x"}}', place).logins == {"r.example": {"auth": "x"}}


def test_a_document_does_not_show_what_is_in_it():
    document = parse(json.dumps({"auths": {"r.example": packed("me", SECRET)}}), PLACE)
    assert packed("me", SECRET)["auth"] not in repr(document)
    place = Place("the environment variable X", variable="X", text=SECRET)
    assert SECRET not in repr(place)
