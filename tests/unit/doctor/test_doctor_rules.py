"""The pure rules: what findings are drawn from observations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reposync.doctor import endpoint, products, read_probes
from reposync.doctor.fields import Examination
from reposync.doctor.findings import unknown
from reposync.doctor.findings_table import render
from reposync.doctor.observations import Observation, ObservationLog
from reposync.http.tls_session import TlsSession
from reposync.oci.reference import DOCKER_HUB
from reposync.registry.buffered_response import BufferedResponse

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def observed(url="https://r.example/v2/", method="GET", tls=None, elapsed_s=0.25, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Observation(
        method=method,
        url=url,
        status=200,
        headers=named,
        challenges=(),
        authorization="",
        elapsed_s=elapsed_s,
        asked_at=NOW,
        tls=tls,
    )


def tag_page(status, body, link=""):
    headers = {"Link": link} if link else {}
    return BufferedResponse("GET", "http://r/v2/a/tags/list?n=1", status, headers, body)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (tag_page(200, b'{"tags": ["a"]}', "</v2/x?last=a>; rel=next"), True),
        (tag_page(200, b'{"tags": ["a"]}'), False),
        (tag_page(200, b'{"tags": ["a", "b"]}'), False),
        (tag_page(200, b'{"tags": null}'), False),
        (tag_page(200, b"[" * 100_000), False),
        (tag_page(200, b"<html>"), False),
        (tag_page(400, b""), False),
    ],
)
def test_pages_are_those_of_the_size_that_was_asked_for_with_a_link(answer, value):
    assert read_probes.tag_pages(answer).value is value


@pytest.mark.parametrize(
    ("dates", "seconds"),
    [
        (["Sun, 01 Mar 2026 12:00:00 GMT"], 0),
        (["Sun, 01 Mar 2026 12:05:00 GMT"] * 2, 300),
        (["Sun, 01 Mar 2026 11:59:00 GMT", "nonsense", ""], -60),
        (["nonsense", "Thu, 99 Zzz 9999 99:99:99 GMT"], None),
        ([], None),
    ],
)
def test_the_clock_is_compared_by_the_dates_of_answers(dates, seconds):
    found = endpoint.clock(observed(Date=date) for date in dates)
    assert found.value in {seconds, seconds and seconds + 1}


def test_the_date_of_a_cache_does_not_count():
    stale = observed(Date="Sun, 01 Mar 2026 11:00:00 GMT", Age="3600")
    assert endpoint.clock([stale]).value is None


def test_latency_is_the_median():
    found = endpoint.latency([observed(elapsed_s=each) for each in (0.002, 9.0, 0.001)])
    assert found.value == 2.0


def test_a_certificate_is_told_with_its_end():
    session = TlsSession("TLSv1.3", "An Issuer", NOW + timedelta(days=10, hours=1))
    found = endpoint.tls(observed(tls=session), is_verified=True, now=NOW)
    assert found.text == "TLSv1.3, certificate of An Issuer, 10 days left"


def test_plain_http_has_no_tls():
    found = endpoint.tls(observed(), is_verified=True, now=NOW)
    assert (found.value, found.text) == (None, "no")


@pytest.mark.parametrize(
    ("host", "product"),
    [
        ("docker.io", "Docker Hub"),
        ("ghcr.io", "GitHub Container Registry"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "Amazon ECR"),
        ("public.ecr.aws", "Amazon ECR Public"),
        ("europe-docker.pkg.dev", "Google Artifact Registry"),
        ("team.azurecr.io", "Azure Container Registry"),
        ("quay.io:443", "Quay"),
        ("registry.example.com", None),
    ],
)
def test_a_service_is_known_by_its_name(host, product):
    assert products.product(host, []).value == product


def test_harbor_is_known_by_the_service_that_it_names():
    challenge = 'Bearer realm="https://h/service/token",service="harbor-registry"'
    found = products.product("h.example", [observed(WWW_Authenticate=challenge)])
    assert found.value == "Harbor"


def test_docker_hub_counts_pulls_though_nothing_was_asked():
    assert read_probes.counts_pulls(DOCKER_HUB, None).value is True
    assert read_probes.counts_pulls("r.example", None, "why").how == "why"


def test_an_observation_shows_neither_query_nor_headers_nor_body_in_its_repr():
    assert "s3cret" not in repr(observed(Set_Cookie="s3cret"))


def test_a_header_that_is_no_utf8_can_be_written_as_json():
    assert observed(Server="caf\udce9\x1b[1m").header("Server") == "caf? [1m"


def test_only_paths_of_the_api_at_the_first_origin_are_the_registrys():
    log = ObservationLog()
    for url in ("https://r/v2/", "https://r/token", "https://other/v2/a"):
        log.add(observed(url))
    assert [log.is_own(each) for each in log] == [True, False, False]
    assert log.last is not None
    assert log.last.url == "https://r/v2/"


def test_what_is_unknown_for_one_reason_is_one_row():
    found = (unknown("mount", "not tried"), unknown("delete", "not tried"))
    text = render(Examination("r.example", found), 80)
    assert text == "r.example\n\nunknown              mount, delete: not tried\n"


def test_control_characters_of_a_server_do_not_reach_the_terminal():
    found = (unknown("mount", "\x1b[31mred\x07"),)
    assert "\x1b" not in render(Examination("r.example", found), 80)
