"""The registry room's pure rules, each as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reposync.errors import (
    ContentError,
    DeniedError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    UnauthorizedError,
    UnavailableError,
    UploadInvalidError,
)
from reposync.http.proxy import proxy_for
from reposync.oci import challenge, manifest
from reposync.oci.challenge import Challenge
from reposync.oci.digest import Digest, DigestCheck
from reposync.registry.auth.tokens import Scope, read_token, token_url
from reposync.registry.buffered_response import BufferedResponse
from reposync.registry.pages import next_page
from reposync.registry.refusal import refusal, retry_after_s

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def answer(status, body=b"", **headers):
    url = "https://r.example/v2/a/blobs/x?signature=secret"
    return BufferedResponse("PUT", url, status, headers, body)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "", UnauthorizedError),
        (403, "", DeniedError),
        (401, "DENIED", DeniedError),
        (404, "NAME_UNKNOWN", NotFoundError),
        (404, "BLOB_UPLOAD_UNKNOWN", UploadInvalidError),
        (416, "", UploadInvalidError),
        (400, "DIGEST_INVALID", ContentError),
        (400, "MANIFEST_INVALID", RegistryError),
        (429, "", RateLimitedError),
        (403, "TOOMANYREQUESTS", RateLimitedError),
        (500, "", UnavailableError),
        (503, "", UnavailableError),
        (204, "", ProtocolError),
    ],
)
def test_status_and_code_name_the_refusal(status, code, kind):
    body = f'{{"errors": [{{"code": "{code}", "message": "why"}}]}}'.encode() if code else b""
    error = refusal(answer(status, body))
    assert type(error) is kind
    assert "secret" not in str(error)


def test_a_refusal_cannot_steer_a_terminal():
    assert "\x1b" not in str(refusal(answer(400, b"bad \x1b[2J thing")))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after_s(value, NOON) == seconds


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["Basic realm=x"], [Challenge("basic", {"realm": "x"})]),
        (
            ['BEARER Realm="https://a/t?x=1,2",service="s \\"q\\""'],
            [Challenge("bearer", {"realm": "https://a/t?x=1,2", "service": 's "q"'})],
        ),
        (
            ["Negotiate, Basic realm=a"],
            [Challenge("negotiate", {}), Challenge("basic", {"realm": "a"})],
        ),
        (
            ["Negotiate YII=", "Bearer realm=r , scope = p"],
            [Challenge("negotiate", {}), Challenge("bearer", {"realm": "r", "scope": "p"})],
        ),
        (["", ", ,"], []),
    ],
)
def test_challenges_are_read_however_they_are_written(headers, found):
    assert list(challenge.parse(headers)) == found


def test_a_token_is_asked_for_by_realm_service_and_scope():
    asked = Challenge("bearer", {"realm": "https://auth.example/token?a=b", "service": "r"})
    url = token_url(asked, Scope("x/y", "pull,push", "z"), "https://r.example/v2/")
    assert url == (
        "https://auth.example/token?a=b&service=r"
        "&scope=repository:x/y:pull,push&scope=repository:z:pull"
    )


@pytest.mark.parametrize("realm", ["", "http://auth.example/", "ftp://x/", "https://u:p@x/"])
def test_a_realm_that_would_take_secrets_astray_is_refused(realm):
    with pytest.raises(ProtocolError):
        token_url(Challenge("bearer", {"realm": realm}), Scope("a"), "https://r.example/v2/")


@pytest.mark.parametrize(
    ("body", "value", "renew_at_s"),
    [
        (b'{"token": "t", "expires_in": 300}', "t", 240.0),
        (b'{"access_token": "a"}', "a", 48.0),
        (b'{"token": "t", "expires_in": 5}', "t", 48.0),
    ],
)
def test_a_token_is_renewed_before_it_expires(body, value, renew_at_s):
    token = read_token(body, "h", 0.0)
    assert (token.value, token.renew_at_s) == (value, renew_at_s)
    assert "value" not in repr(token)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": "a\\nb"}', b'{"token": 1}'])
def test_an_answer_without_a_token_is_refused(body):
    with pytest.raises(ProtocolError):
        read_token(body, "h", 0.0)


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://r.example/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://r.example/", {"https_proxy": "p:1"}, "http://p:1"),
        ("http://r.example/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://r.example/", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://localhost:5000/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://127.1.2.3/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://a.r.example/", {"HTTPS_PROXY": "p", "NO_PROXY": ".r.example"}, None),
        ("https://r.example/", {"HTTPS_PROXY": "p", "NO_PROXY": "x, r.example"}, None),
        ("https://xr.example/", {"HTTPS_PROXY": "p", "NO_PROXY": "r.example"}, "http://p"),
        ("https://r.example:5000/", {"HTTPS_PROXY": "p", "NO_PROXY": "r.example:5000"}, None),
        ("https://r.example/", {"HTTPS_PROXY": "p", "NO_PROXY": "r.example:5000"}, "http://p"),
        ("https://10.1.2.3/", {"HTTPS_PROXY": "p", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://10.1.2.3/", {"HTTPS_PROXY": "p", "NO_PROXY": "10.1.2.3"}, None),
        ("https://r.example/", {"HTTPS_PROXY": "p", "NO_PROXY": "*"}, None),
    ],
)
def test_the_proxy_is_chosen_as_everywhere(url, environ, proxy):
    assert proxy_for(url, environ) == proxy


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ('</v2/a/tags/list?last=b&n=1>; rel="next"', "/v2/a/tags/list?last=b&n=1"),
        ("<https://r.example/x?y>; rel=next", "/x?y"),
        ("<http://r.example/x>; rel=next", "/x"),
        ('</x>; rel="prev", </y>; rel="next"', "/y"),
        ("/x?last=1; rel=next", "/x?last=1"),
        ('</x>; rel="prev"', None),
        ("", None),
    ],
)
def test_the_next_page_is_found_in_a_link(link, page):
    assert next_page(link, "https://r.example/v2/a/tags/list") == page


def test_the_next_page_is_never_another_host():
    with pytest.raises(ProtocolError):
        next_page("<https://evil.example/x>; rel=next", "https://r.example/v2/a/tags/list")


@pytest.mark.parametrize("text", ["sha256:12", "md5:" + "0" * 32, "sha256:" + "G" * 64, "", "x"])
def test_what_is_no_digest_is_refused(text):
    with pytest.raises(Exception, match="is not a digest"):
        Digest(text)


@pytest.mark.parametrize("content", [b"abcd", b"ab", b"abx"])
def test_wrong_bytes_are_found(content):
    def whole() -> None:
        check = DigestCheck(Digest.of(b"abc"), 3)
        check.update(content)
        check.finish()

    with pytest.raises(ContentError):
        whole()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{" * 100_000,
        b'{"schemaVersion": 1, "fsLayers": []}',
        b'{"manifests": [{"digest": "x", "size": 1}]}',
        b'{"manifests": [{}]}',
        b'{"config": 5, "layers": []}',
        b'{"config": {"digest": "sha256:' + b"0" * 64 + b'", "size": -1}, "layers": []}',
    ],
)
def test_a_manifest_that_cannot_be_understood_is_refused(content):
    with pytest.raises(ContentError):
        manifest.parse(content, "text/plain")
