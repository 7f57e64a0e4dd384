from __future__ import annotations

import pytest
from tests import images
from tests.fakes.clock import ManualClock
from tests.fakes.registry import Account, BasicAuth, FakeRegistry, Options, TokenAuth, TokenIssuer
from tests.fakes.registry.storage import digest_of

from reposync.oci import challenge

OWNER = Account("owner", "secret")
READER = Account("reader", "secret", frozenset({"pull"}))
TAGS = "/v2/team/app/tags/list"
UPLOADS = "/v2/team/app/blobs/uploads/"


async def status(http, method, url, **headers):
    async with http.request(method, url, headers=headers) as response:
        return response.status


async def demand(http, method, url, **headers):
    """Return the parameters of the challenge that the request is answered with."""
    async with http.request(method, url, headers=headers) as response:
        assert response.status == 401
        (found,) = challenge.parse(response.headers.getall("WWW-Authenticate"))
        return dict(found.parameters)


async def token(http, realm, scope, *, account=None, field_name="token"):
    headers = {}
    if account is not None:
        headers["Authorization"] = images.basic(account.user, account.password)
    params = {"service": "fake-registry", "scope": scope}
    async with http.get(realm, params=params, headers=headers) as response:
        assert response.status == 200
        return (await response.json())[field_name]


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


async def test_basic_authentication_lets_in_who_knows_the_password(http):
    async with FakeRegistry(Options(auth=BasicAuth((OWNER,)))) as registry:
        url = f"{registry.url}/v2/"
        assert await demand(http, "GET", url) == {"realm": "fake registry"}
        for password, expected in (("wrong", 401), ("secret", 200)):
            authorization = images.basic("owner", password)
            assert await status(http, "GET", url, Authorization=authorization) == expected


@pytest.mark.parametrize("garbage", ["Basic ?", "Basic /w==", "Basic", "Bearer x"])
async def test_an_unreadable_authorization_is_refused(http, garbage):
    async with FakeRegistry(Options(auth=BasicAuth((OWNER,)))) as registry:
        assert await status(http, "GET", f"{registry.url}/v2/", Authorization=garbage) == 401


async def test_a_known_user_without_the_right_is_denied(http):
    async with FakeRegistry(Options(auth=BasicAuth((READER,)))) as registry:
        authorization = images.basic("reader", "secret")
        url = registry.url + UPLOADS
        assert await status(http, "POST", url, Authorization=authorization) == 403


async def test_strangers_may_do_what_is_open_to_them(http):
    auth = BasicAuth((OWNER,), anonymous=frozenset({"pull"}))
    async with FakeRegistry(Options(auth=auth)) as registry:
        registry.repository("team/app").add_blob(b"content")
        assert await status(http, "GET", registry.url + TAGS) == 200
        assert await status(http, "POST", registry.url + UPLOADS) == 401
        assert await status(http, "GET", f"{registry.url}/v2/") == 401


async def test_the_challenge_names_realm_service_and_scope(http):
    async with FakeRegistry(Options(auth=TokenAuth(TokenIssuer()))) as registry:
        realm = {"realm": f"{registry.url}/token", "service": "fake-registry"}
        assert await demand(http, "GET", f"{registry.url}/v2/") == realm
        expected = {
            ("GET", TAGS): "repository:team/app:pull",
            ("POST", UPLOADS): "repository:team/app:pull,push",
            ("DELETE", "/v2/team/app/manifests/1.0"): "repository:team/app:delete",
            ("GET", "/v2/_catalog"): "registry:catalog:*",
            ("POST", f"{UPLOADS}?mount={digest_of(b'')}&from=team/base"): (
                "repository:team/app:pull,push repository:team/base:pull"
            ),
        }
        for (method, path), scope in expected.items():
            assert await demand(http, method, registry.url + path) == realm | {"scope": scope}


@pytest.mark.parametrize("field_name", ["token", "access_token"])
async def test_a_token_opens_its_repository_for_its_actions_alone(http, field_name):
    issuer = TokenIssuer([OWNER], field_name=field_name)
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        registry.repository("team/app").add_blob(b"content")
        text = await token(
            http,
            f"{registry.url}/token",
            "repository:team/app:pull",
            account=OWNER,
            field_name=field_name,
        )
        assert await status(http, "GET", registry.url + TAGS, **bearer(text)) == 200
        other = f"{registry.url}/v2/team/other/tags/list"
        assert (await demand(http, "GET", other, **bearer(text)))["error"] == "insufficient_scope"
        assert await status(http, "POST", registry.url + UPLOADS, **bearer(text)) == 401


async def test_a_token_gives_no_more_than_its_user_may(http):
    issuer = TokenIssuer([OWNER, READER], anonymous=frozenset({"pull"}))
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        for account in (READER, None):
            realm = f"{registry.url}/token"
            text = await token(http, realm, "repository:team/app:pull,push", account=account)
            assert await status(http, "POST", registry.url + UPLOADS, **bearer(text)) == 401
        assert [issued.user for issued in issuer.issued] == ["reader", ""]
        assert {access.action for issued in issuer.issued for access in issued.access} == {"pull"}


async def test_a_token_ends_when_its_time_is_over(http):
    clock = ManualClock()
    issuer = TokenIssuer([OWNER], ttl_s=60, clock=clock)
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        registry.repository("team/app").add_blob(b"content")
        scope = "repository:team/app:pull"
        text = await token(http, f"{registry.url}/token", scope, account=OWNER)
        clock.advance(59)
        assert await status(http, "GET", registry.url + TAGS, **bearer(text)) == 200
        clock.advance(1)
        expired = await demand(http, "GET", registry.url + TAGS, **bearer(text))
        assert expired["error"] == "invalid_token"


async def test_a_revoked_token_is_unknown(http):
    issuer = TokenIssuer([OWNER])
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        text = await token(http, f"{registry.url}/token", "", account=OWNER)
        url = f"{registry.url}/v2/"
        assert await status(http, "GET", url, **bearer(text)) == 200
        issuer.revoke_all()
        assert await status(http, "GET", url, **bearer(text)) == 401


async def test_wrong_credentials_get_no_token(http):
    async with FakeRegistry(Options(auth=TokenAuth(TokenIssuer([OWNER])))) as registry:
        url = f"{registry.url}/token"
        authorization = images.basic("owner", "wrong")
        assert await status(http, "GET", url, Authorization=authorization) == 401
        assert await status(http, "POST", url) == 405


async def test_tokens_can_come_from_another_host(http):
    issuer = TokenIssuer([OWNER])
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as tokens:
        auth = TokenAuth(issuer, realm=f"{tokens.url}/token")
        async with FakeRegistry(Options(auth=auth)) as registry:
            realm = (await demand(http, "GET", f"{registry.url}/v2/"))["realm"]
            assert realm == f"{tokens.url}/token"
            text = await token(http, realm, "", account=OWNER)
            assert await status(http, "GET", f"{registry.url}/v2/", **bearer(text)) == 200


async def test_a_refused_upload_is_not_read(http):
    async with FakeRegistry(Options(auth=BasicAuth((OWNER,)))) as registry:
        async with http.put(f"{registry.url}{UPLOADS}id", data=b"content") as response:
            assert response.status == 401
        assert registry.requests("PUT")[0].received_bytes == 0


def test_no_secret_is_shown():
    shown = repr(Options(auth=BasicAuth((OWNER,))))
    assert "secret" not in shown
