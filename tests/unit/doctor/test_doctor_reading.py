"""What GET and HEAD show of a registry, each behaviour on the fake."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    AlterHeaders,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.doctor.examined import examined, logged_in, reported

from reposync.doctor.fields import Report
from reposync.doctor.findings_table import LABELS, render
from reposync.doctor.write_probes import WRITTEN

IMAGE = images.image("examined")
READING = {"GET", "HEAD"}
SECRET = "s3cr3t-p4ssw0rd"
ACCOUNT = Account("somebody", SECRET)


def filled(registry):
    images.fill(registry.repository("team/app"), IMAGE, "1.0", "2.0")
    return registry.host


async def test_an_open_registry_is_told_field_by_field(fake_registry):
    report = await reported(filled(fake_registry))
    assert report["format"] == "reposync-doctor/1"
    assert report["host"] == fake_registry.host
    assert report["url"] == fake_registry.url
    assert report["reachable"] is True
    assert report["error"] is None
    assert report["authentication"] == "none"
    assert report["credentials"] == {"source": "anonymous", "kind": None, "accepted": True}
    assert report["manifest_head"] is True
    assert report["referrers_api"] is True
    assert report["catalog"] is True
    assert report["tag_list"] is True
    assert report["tag_list_pages"] is True
    assert report["counts_pulls"] is False
    assert report["rate_limit"] is None
    assert report["clock_skew_s"] in {-1, 0, 1}
    assert report["latency_ms"] > 0
    assert "aiohttp" in report["server"]


async def test_every_field_without_a_write_is_unknown_and_says_why(fake_registry):
    report = await reported(filled(fake_registry))
    assert {report[name] for name in WRITTEN} == {None}
    assert {report["how"][name] for name in WRITTEN} == {"not tried without --write"}


async def test_every_finding_says_how_it_was_found_out(fake_registry):
    report = await reported(filled(fake_registry))
    told = set(Report.__struct_fields__) - {"format", "host", "error", "how"}
    not_asked = {"layout", "token_service"}
    assert set(report["how"]) == told - not_asked
    assert report["how"]["manifest_head"] == (
        "HEAD /v2/team/app/manifests/1.0 answered 200 OK with Docker-Content-Digest"
    )


async def test_only_get_and_head_are_sent_to_a_registry_that_refuses_all_else():
    async with FakeRegistry(Options(read_only=True)) as registry:
        report = await reported(filled(registry))
        assert {request.method for request in registry.requests()} == READING
        assert report["manifest_head"] is True


async def test_no_manifest_is_fetched_as_that_may_be_a_pull(fake_registry):
    await examined(filled(fake_registry))
    assert fake_registry.requests("GET", "/manifests/") == ()


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        (Options(manifest_head=False), "manifest_head", False),
        (Options(digest_on_head=False), "manifest_head", False),
        (Options(referrers_api=False), "referrers_api", False),
        (Options(referrers_api="html"), "referrers_api", False),
        (Options(referrers_api="unknown"), "referrers_api", None),
        (Options(catalog=False), "catalog", False),
    ],
)
async def test_what_a_registry_does_not_do_is_told(options, field, value):
    async with FakeRegistry(options) as registry:
        report = await reported(filled(registry), repository="team/app")
        assert report[field] is value
        assert report["how"][field]


async def test_an_empty_registry_leaves_open_what_only_an_image_shows(fake_registry):
    report = await reported(fake_registry.host)
    assert (report["manifest_head"], report["tag_list"]) == (None, None)
    assert "--repository" in report["how"]["manifest_head"]
    assert report["referrers_api"] is True


async def test_the_repository_that_is_named_is_asked_about(fake_registry):
    filled(fake_registry)
    images.fill(fake_registry.repository("a/first"), IMAGE, "1.0")
    report = await reported(fake_registry.host, repository="team/app")
    assert "HEAD /v2/team/app/manifests/1.0" in report["how"]["manifest_head"]


async def test_a_repository_that_is_not_there_is_told_in_the_engines_words(fake_registry):
    report = await reported(filled(fake_registry), repository="team/none")
    assert "has no repository team/none" in report["how"]["tag_list"]
    assert report["error"] is None


async def test_a_page_that_is_cut_without_a_link_is_no_page(fake_registry):
    host = filled(fake_registry)
    fake_registry.fail(Fault("GET", "/tags/list", AlterHeaders({"Link": None}), times=None))
    report = await reported(host)
    assert report["tag_list_pages"] is False
    assert report["how"]["tag_list_pages"].endswith("with one tag and no link to the others")


async def test_a_limit_that_answers_mention_is_told_with_what_is_left(fake_registry):
    host = filled(fake_registry)
    limits = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "76;w=21600"}
    fake_registry.fail(Fault("HEAD", "/manifests/", AlterHeaders(limits), times=None))
    report = await reported(host)
    assert report["rate_limit"] == {"limit": 100, "remaining": 76, "window_s": 21600}
    assert report["counts_pulls"] is True


async def test_a_clock_that_is_wrong_is_told(fake_registry):
    host = filled(fake_registry)
    date = {"Date": "Fri, 01 Jan 2038 00:00:00 GMT"}
    fake_registry.fail(Fault("GET", "^/v2/$", AlterHeaders(date), times=None))
    examination = await examined(host)
    assert examination.report.clock_skew_s is not None
    assert examination.report.clock_skew_s > 86400
    assert " s ahead: Date" in render(examination, 100)


@pytest.mark.parametrize(
    ("headers", "product"),
    [
        ({"Gitlab-Container-Registry-Version": "4.5.0"}, "GitLab container registry 4.5.0"),
        ({"X-JFrog-Version": "Artifactory/7.90.1 79001900"}, "Artifactory 7.90.1"),
        ({"Server": "Nexus/3.70.0-03 (OSS)"}, "Nexus Repository 3.70.0-03"),
        ({"Server": "nginx"}, None),
    ],
)
async def test_a_product_is_known_by_its_headers(fake_registry, headers, product):
    fake_registry.fail(Fault("GET", "^/v2/$", AlterHeaders(headers), times=None))
    assert (await reported(fake_registry.host))["product"] == product


async def test_a_password_is_asked_for_and_accepted():
    async with FakeRegistry(Options(auth=BasicAuth((ACCOUNT,)))) as registry:
        filled(registry)
        environ = logged_in(registry.host, "somebody", SECRET)
        report = await reported(registry.host, environ=environ)
        assert report["authentication"] == "basic"
        assert report["token_service"] is None
        assert report["credentials"] == {
            "source": "the environment variable DOCKER_AUTH_CONFIG",
            "kind": "user and password",
            "accepted": True,
        }
        assert report["how"]["authentication"] == "401 with WWW-Authenticate: Basic on GET /v2/"
        assert report["manifest_head"] is True


async def test_tokens_are_asked_for_and_their_service_is_named():
    auth = TokenAuth(TokenIssuer([ACCOUNT]))
    async with FakeRegistry(Options(auth=auth)) as registry:
        filled(registry)
        environ = logged_in(registry.host, "somebody", SECRET)
        report = await reported(registry.host, environ=environ)
        realm = f"{registry.url}/token"
        assert report["authentication"] == "bearer"
        assert report["token_service"] == {"realm": realm, "service": auth.issuer.service}
        assert report["credentials"]["accepted"] is True
        assert report["how"]["credentials"] == f"GET {realm} answered 200 OK"
        assert report["how"]["authentication"] == (
            f'401 with WWW-Authenticate: Bearer realm="{realm}" on GET /v2/'
        )


@pytest.mark.parametrize("auth", [BasicAuth((ACCOUNT,)), TokenAuth(TokenIssuer([ACCOUNT]))])
async def test_a_wrong_password_is_an_error_with_advice_and_is_not_shown(auth):
    async with FakeRegistry(Options(auth=auth)) as registry:
        filled(registry)
        environ = logged_in(registry.host, "somebody", "wrong-p4ssw0rd")
        examination = await examined(registry.host, environ=environ)
        assert examination.error is not None
        assert "does not accept the user and password" in examination.error.message
        assert examination.report.reachable is True
        assert examination.report.credentials is not None
        assert examination.report.credentials.accepted is False
        text = render(examination, 100) + repr(examination.report)
        assert "wrong-p4ssw0rd" not in text
        assert "somebody" not in text
        assert "hint: check the environment variable DOCKER_AUTH_CONFIG" in text


async def test_a_wrong_password_is_an_error_though_the_root_is_open():
    async with FakeRegistry(Options(auth=BasicAuth((ACCOUNT,), root="everybody"))) as registry:
        environ = logged_in(filled(registry), "somebody", "wrong")
        examination = await examined(registry.host, environ=environ, repository="team/app")
        report = examination.report
        assert (report.reachable, report.authentication) == (True, "basic")
        assert examination.error is not None
        assert examination.error.message.startswith("the credentials were refused: ")
        assert examination.error.hint == "check the environment variable DOCKER_AUTH_CONFIG"


async def test_credentials_that_cannot_be_had_are_an_error_in_the_engines_words():
    async with FakeRegistry(Options(auth=BasicAuth((ACCOUNT,)))) as registry:
        helpers = json.dumps({"credHelpers": {registry.host: "absent"}})
        environ = {"DOCKER_AUTH_CONFIG": helpers, "PATH": ""}
        examination = await examined(filled(registry), environ=environ)
        report = examination.report
        assert (report.reachable, report.authentication) == (True, "basic")
        assert report.credentials is None
        assert examination.error is not None
        assert "docker-credential-absent" in examination.error.message
        assert report.how["credentials"] == examination.error.message


async def test_a_password_is_sent_a_few_times_at_most_when_it_is_wrong():
    async with FakeRegistry(Options(auth=BasicAuth((ACCOUNT,)))) as registry:
        environ = logged_in(filled(registry), "somebody", "wrong")
        await examined(registry.host, environ=environ, repository="team/app")
        sent = [each for each in registry.requests() if "Authorization" in each.headers]
        assert len(sent) <= 5


async def test_a_401_that_does_not_say_what_it_asks_for_leaves_the_scheme_unknown(fake_registry):
    fake_registry.fail(Fault("", "", Answer(401), times=None))
    report = await reported(fake_registry.host)
    assert (report["reachable"], report["authentication"]) == (True, None)


async def test_without_credentials_it_is_told_that_some_are_needed():
    async with FakeRegistry(Options(auth=BasicAuth((ACCOUNT,)))) as registry:
        examination = await examined(filled(registry))
        report = examination.report
        assert (report.reachable, report.authentication, examination.error) == (True, "basic", None)
        assert report.credentials is not None
        assert (report.credentials.source, report.credentials.accepted) == ("anonymous", False)
        assert "requires credentials" in report.how["manifest_head"]


async def test_an_account_with_rights_on_one_repository_is_accepted_there():
    auth = BasicAuth((Account("somebody", SECRET, repositories="team/*"),), root="nobody")
    async with FakeRegistry(Options(auth=auth)) as registry:
        filled(registry)
        environ = logged_in(registry.host, "somebody", SECRET)
        report = await reported(registry.host, environ=environ, repository="team/app")
        assert report["credentials"]["accepted"] is True
        assert report["manifest_head"] is True
        assert report["error"] is None


async def test_credentials_that_nobody_asks_for_are_not_sent(fake_registry):
    environ = logged_in(filled(fake_registry), "somebody", SECRET)
    report = await reported(fake_registry.host, environ=environ)
    assert report["credentials"]["accepted"] is None
    assert not [each for each in fake_registry.requests() if "Authorization" in each.headers]


async def test_a_login_page_is_no_registry(fake_registry):
    page = Answer(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Sign in</title>")
    fake_registry.fail(Fault("", "", page, times=None))
    examination = await examined(fake_registry.host)
    assert examination.report.reachable is False
    assert examination.error is not None
    assert "returned text/html instead of a registry's answer" in examination.error.message
    assert "proxy" in str(examination.error.hint)


@pytest.mark.parametrize("status", [404, 503])
async def test_a_server_that_is_no_registry_or_is_broken_is_an_error(fake_registry, status):
    fake_registry.fail(Fault("", "", Answer(status), times=None))
    examination = await examined(fake_registry.host)
    assert examination.report.reachable is False
    assert examination.error is not None
    assert f"answered {status}" in examination.error.message


async def test_a_registry_that_is_down_is_told_in_the_engines_words():
    async with FakeRegistry() as registry:
        host = registry.host
    examination = await examined(host)
    report = examination.report
    assert (report.reachable, report.url, report.authentication) == (False, None, None)
    assert examination.error is not None
    assert host in examination.error.message
    assert render(examination, 80).splitlines()[2].startswith("reachable            no: ")


async def test_the_secrets_in_a_realm_are_not_shown(fake_registry):
    challenge = 'Bearer realm="https://user:s3cret@127.0.0.1:1/token?key=s3cret",service="a"'
    answer = Answer(401, {"WWW-Authenticate": challenge})
    fake_registry.fail(Fault("", "", answer, times=None))
    examination = await examined(fake_registry.host)
    assert "s3cret" not in render(examination, 100) + repr(examination.report)


async def test_a_header_that_a_server_throws_back_is_not_shown(fake_registry):
    thrown_back = {"Server": "proxy, asked with Basic c29tZWJvZHk6czNjcjN0", "X": "y"}
    fake_registry.fail(Fault("", "", AlterHeaders(thrown_back), times=None))
    report = await reported(filled(fake_registry))
    assert report["server"] == "proxy, asked with Basic ***"


@pytest.mark.parametrize(("token", "accepted"), [("t0ken-of-somebody", True), ("0ther", False)])
async def test_an_identity_token_is_accepted_where_its_service_takes_it(token, accepted):
    issuer = TokenIssuer([ACCOUNT], identity_tokens={"t0ken-of-somebody": "somebody"})
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        filled(registry)
        environ = logged_in(registry.host, "", "", identitytoken=token)
        report = await reported(registry.host, environ=environ)
        assert report["credentials"]["kind"] == "identity token"
        assert report["credentials"]["accepted"] is accepted
        assert (report["error"] is None) is accepted
        assert token not in str(report)


async def test_a_registry_that_is_rate_limiting_is_not_waited_for(fake_registry):
    busy = Answer(429, {"Retry-After": "120"})
    fake_registry.fail(Fault("", "", busy, times=None))
    examination = await examined(fake_registry.host)
    assert examination.error is not None
    assert "it asks to wait 2 min" in examination.error.message


async def test_a_path_prefix_is_part_of_the_address(fake_registry):
    images.fill(fake_registry.repository("mirror/team/app"), IMAGE, "1.0")
    report = await reported(f"http://{fake_registry.host}/mirror")
    assert report["host"] == f"{fake_registry.host}/mirror"
    assert report["url"] == f"{fake_registry.url}/mirror"
    assert "HEAD /v2/mirror/team/app/manifests/1.0" in report["how"]["manifest_head"]


async def test_lines_have_the_width_that_is_asked_for(fake_registry):
    examination = await examined(filled(fake_registry))
    for width in (60, 80, 100):
        lines = render(examination, width).splitlines()
        assert [line for line in lines if len(line) > width and " " in line[22:]] == []


def test_every_field_has_a_label():
    told = set(Report.__struct_fields__) - {"format", "host", "error", "how"}
    assert set(LABELS) == told
