"""Where an answer may send us: a table for the rule, and clients at registries that try."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    BlobHost,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import DeniedError, ProtocolError, UnauthorizedError
from reposync.oci.digest import Digest
from reposync.registry.redirects.policy import RedirectPolicy
from reposync.registry.redirects.rules import Zone, origin, refuses, resolved, zone_of

HERE = "https://r.example/v2/a/blobs/uploads/"
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/v2/x?_state=a%2Fb%3D", "https://r.example/v2/x?_state=a%2Fb%3D"),
        ("x?y", "https://r.example/v2/a/blobs/uploads/x?y"),
        ("https://store.example/x?sig=%2B", "https://store.example/x?sig=%2B"),
        ("https://store.example?x", "https://store.example/?x"),
        ("//store.example/x", "https://store.example/x"),
        ("https:///v2/x", "https://r.example/v2/x"),
        ("https://r.example/v2/x?y#part", "https://r.example/v2/x?y"),
        ("https://r.example/v2/x\r\ny", "https://r.example/v2/xy"),
        ("HTTPS://R.Example:443/x", "https://r.example/x"),
        ("http://r.example/x", "https://r.example/x"),
        ("https://r.example:5000/x", "https://r.example:5000/x"),
        ("https://[2001:db8::1]:5000/x#part", "https://[2001:db8::1]:5000/x"),
    ],
)
def test_a_location_is_resolved_and_its_query_kept_as_it_came(target, url):
    assert resolved(HERE, target) == url


@pytest.mark.parametrize(
    "target",
    [
        "http://store.example/x",
        "http://r.example:8080/x",
        "ftp://r.example/x",
        "file:///etc/passwd",
        "https://user:password@r.example/x",
        "https://r.example\\@evil.example/x",
        "https://[r.example/x",
        "https://evil.example\x9b/x",
        "https://evil\udc9b.example/x",
        "https://a..b\u0660.example/x",
        "javascript:alert(1)",
    ],
)
def test_a_location_that_is_no_url_of_ours_or_in_the_clear_is_refused(target):
    with pytest.raises(ProtocolError, match="r\\.example") as caught:
        resolved(HERE, target)
    assert str(caught.value).isprintable()
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("8.8.8.8", Zone.PUBLIC),
        ("2606:4700::1", Zone.PUBLIC),
        ("10.1.2.3", Zone.PRIVATE),
        ("192.168.0.1", Zone.PRIVATE),
        ("100.64.0.1", Zone.PRIVATE),
        ("fd12::1", Zone.PRIVATE),
        ("169.254.169.254", Zone.LINK_LOCAL),
        ("fe80::1", Zone.LINK_LOCAL),
        ("168.63.129.16", Zone.LINK_LOCAL),
        ("fd00:ec2::254", Zone.LINK_LOCAL),
        ("127.0.0.1", Zone.LOOPBACK),
        ("127.1", Zone.LOOPBACK),
        ("2130706433", Zone.LOOPBACK),
        ("0x7f.0.0.1", Zone.LOOPBACK),
        ("0.0.0.0", Zone.LOOPBACK),
        ("::1", Zone.LOOPBACK),
        ("::", Zone.LOOPBACK),
        ("::ffff:127.0.0.1", Zone.LOOPBACK),
        ("64:ff9b::a9fe:a9fe", Zone.LINK_LOCAL),
        ("localhost", Zone.LOOPBACK),
        ("x.localhost", Zone.LOOPBACK),
        ("r.example", None),
        ("localhost.example", None),
    ],
)
def test_a_host_shows_how_far_it_reaches(host, zone):
    assert zone_of(host) is zone


@pytest.mark.parametrize(
    "url", ["http://LOCALHOST./x", "http://\uff11\uff12\uff17.0.0.1/x", "http://127。0。0。1/x"]
)
def test_no_spelling_hides_that_a_host_is_this_machine(url):
    assert zone_of(origin(url).host) is Zone.LOOPBACK


@pytest.mark.parametrize("there", Zone)
@pytest.mark.parametrize("registry", Zone)
def test_a_registry_leads_to_its_own_kind_to_the_public_and_inward_to_nothing(registry, there):
    inside = {Zone.LOOPBACK, Zone.LINK_LOCAL, Zone.PRIVATE}
    private = there is Zone.PRIVATE and registry in inside
    allowed = there in {Zone.PUBLIC, registry} or private
    assert refuses({registry}, there) is not allowed


def border(**names: str) -> RedirectPolicy:
    """Make a border whose resolver knows *names*, with ``_`` for dots."""
    known = {name.replace("_", "."): [address] for name, address in names.items()}

    async def look_up(host: str) -> list[str]:
        return known.get(host, [])

    return RedirectPolicy({}, look_up)


@pytest.mark.parametrize(
    "url",
    [
        METADATA,
        "https://localhost:2375/",
        "http://127.0.0.1/",
        "https://10.0.0.1/",
        "https://rebound.example/",
        "https://metadata.example/",
    ],
)
async def test_a_public_registry_cannot_send_us_to_this_machine_or_its_network(url):
    names = border(rebound_example="127.0.0.1", metadata_example="169.254.169.254")
    with pytest.raises(ProtocolError, match="is refused"):
        await names.check("https://r.example/v2/", url)


async def test_a_private_registry_named_by_its_name_may_send_to_its_neighbours():
    names = border(r_corp="10.0.0.5")
    await names.check("https://r.corp/v2/", "https://10.0.0.7:9000/bucket")
    with pytest.raises(ProtocolError, match="a loopback address"):
        await names.check("https://r.corp/v2/", "https://127.0.0.1/")


@pytest.mark.parametrize(
    ("registry", "url"),
    [
        ("http://127.0.0.1:5000/v2/", "http://localhost:5001/token"),
        ("http://localhost:5000/v2/", "http://[::1]:9000/x"),
        ("http://master:5000/v2/", "http://master:5001/token"),
        ("http://169.254.10.1:5000/v2/", "http://169.254.10.1:5001/token"),
        ("http://127.0.0.1:5000/v2/", "http://172.17.0.2:9000/x"),
        ("https://r.example/v2/", "https://store.example/x"),
        ("https://r.example/v2/", "https://private-link.example/x"),
    ],
)
async def test_a_registry_may_send_to_its_own_kind_and_by_name_to_a_private_network(registry, url):
    await border(private_link_example="10.0.0.9").check(registry, url)


async def test_behind_a_proxy_names_are_not_looked_up_here():
    async def look_up(_host: str) -> list[str]:
        raise AssertionError("this network has no names of the outside")

    proxied = RedirectPolicy({"https_proxy": "http://proxy.example:3128"}, look_up)
    await proxied.check("https://r.example/v2/", "https://store.example/x")
    with pytest.raises(ProtocolError, match="a link-local address"):
        await proxied.check("https://r.example/v2/", METADATA)


CONTENT = b"content of a blob"
DIGEST = Digest.of(CONTENT)


@pytest.mark.parametrize("location", [METADATA, "https://[x", "ftp://127.0.0.1/", ""])
async def test_a_redirect_that_leads_astray_is_a_sentence_and_not_followed(fake_registry, location):
    graph = images.image("x")
    images.fill(fake_registry.repository("team/app"), graph, "1")
    fake_registry.fail(Fault("HEAD", "/manifests/", Answer(307, {"Location": location}), None))
    async with opened(fake_registry) as client:
        with pytest.raises(ProtocolError):
            await repository(client).resolve("1")
    assert len(fake_registry.requests("HEAD")) == 1


@pytest.mark.parametrize("location", [METADATA, "https://[x", "http://u:p@127.0.0.1/"])
async def test_an_upload_is_not_sent_to_where_it_must_not_go(fake_registry, location):
    blob = images.blob("x").descriptor
    answer = Answer(202, {"Location": location})
    fake_registry.fail(Fault("POST", "/uploads/", answer, None))
    async with opened(fake_registry) as client:
        with pytest.raises(ProtocolError):
            await repository(client).push_blob(blob, _bytes(images.blob("x").content))
    assert not fake_registry.requests("PUT")


async def _bytes(content):
    yield content


async def test_a_page_of_a_list_cannot_lead_to_another_host_by_its_path(fake_registry):
    async with BlobHost() as other:
        link = f"<{fake_registry.url}//{other.host}/x>; rel=next"
        answer = Answer(200, {"Link": link}, b'{"tags": ["1"]}')
        fake_registry.fail(Fault("GET", "/tags/list", answer))
        async with opened(fake_registry) as client:
            with pytest.raises(Exception, match="404"):
                [tag async for tag in repository(client).list_tags()]
        assert not other.requests()


@pytest.fixture
async def token_registry_and_issuer():
    issuer = TokenIssuer((Account("user", "password"),))
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        images.fill(registry.repository("team/app"), images.image("x"), "1")
        yield registry, issuer


LOGIN = Credentials("user", "password", "the test")


async def test_a_token_does_not_come_back_by_the_way_of_another_host(token_registry_and_issuer):
    registry, _ = token_registry_and_issuer
    path = "/v2/team/app/manifests/1"
    async with FakeRegistry() as other:
        away = Answer(307, {"Location": f"{other.url}{path}"})
        registry.fail(Fault("HEAD", "/manifests/", away))
        back = Answer(307, {"Location": f"{registry.url}{path}"})
        other.fail(Fault("HEAD", "/manifests/", back))
        async with opened(registry, LOGIN) as client:
            with pytest.raises(DeniedError):
                await repository(client).resolve("1")
        assert "Authorization" not in other.requests("HEAD")[0].headers
        away_then, back_then = registry.requests("HEAD", "/manifests/")
        assert "Authorization" in away_then.headers
        assert "Authorization" not in back_then.headers


async def test_a_realm_that_leads_astray_gets_no_credentials():
    auth = TokenAuth(TokenIssuer((Account("user", "password"),)), realm=METADATA)
    async with FakeRegistry(Options(auth=auth)) as registry, opened(registry, LOGIN) as client:
        with pytest.raises(ProtocolError, match=r"sends to 169\.254\.169\.254"):
            await repository(client).resolve("1")
        assert all("Authorization" not in each.headers for each in registry.requests())


async def test_a_relative_realm_is_at_the_registry():
    issuer = TokenIssuer((Account("user", "password"),))
    async with FakeRegistry(Options(auth=TokenAuth(issuer, realm="/token"))) as registry:
        images.fill(registry.repository("team/app"), images.image("x"), "1")
        async with opened(registry, LOGIN) as client:
            assert await repository(client).resolve("1")
        assert registry.requests("GET", "/token")


async def test_another_host_that_wants_credentials_does_not_spoil_ours(token_registry_and_issuer):
    registry, _ = token_registry_and_issuer
    async with FakeRegistry() as other:
        away = Answer(307, {"Location": f"{other.url}/x"})
        registry.fail(Fault("GET", "/blobs/", away))
        other.fail(Fault("GET", "/x", Answer(401, {"WWW-Authenticate": "Basic realm=x"})))
        blob = images.image("x").blobs[0].descriptor
        async with opened(registry, LOGIN) as client:
            with pytest.raises(UnauthorizedError, match=f"{other.host}, where .* redirects to"):
                async with repository(client).open_blob(blob) as chunks:
                    assert [chunk async for chunk in chunks]
            assert await repository(client).resolve("1")
        assert all("Authorization" not in each.headers for each in other.requests())
