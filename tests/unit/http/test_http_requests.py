"""Request heads: what a server is told about a request."""

from __future__ import annotations

import pytest

from reposync import __version__
from reposync.http.request_head import request_head
from reposync.http.route import route_to, shown, split
from reposync.http.transport import Request


def lines(request, environ=()):
    origin, target = split(request.url)
    head = request_head(request, target, route_to(origin, dict(environ))).decode()
    assert head.endswith("\r\n\r\n")
    return head.split("\r\n")[:-2]


def test_a_request_names_host_program_and_what_it_takes():
    request = Request("GET", "https://registry.example:443/v2/?n=1#part", {"X-A": "b"})
    assert lines(request) == [
        "GET /v2/?n=1 HTTP/1.1",
        "Host: registry.example",
        f"User-Agent: reposync/{__version__}",
        "Accept-Encoding: identity",
        "X-A: b",
        "Accept: */*",
    ]


def test_what_the_caller_accepts_is_not_widened():
    head = lines(Request("GET", "http://registry.example/", {"Accept": "a/b"}))
    assert [line for line in head if line.startswith("Accept:")] == ["Accept: a/b"]


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", None, None),
        ("HEAD", None, None),
        ("DELETE", None, None),
        ("POST", None, "0"),
        ("POST", b"", "0"),
        ("PUT", b"abc", "3"),
    ],
)
def test_the_length_of_a_body_is_told_where_there_could_be_one(method, body, length):
    head = lines(Request(method, "http://registry.example/", body=body))
    found = [line.partition(": ")[2] for line in head if line.startswith("Content-Length")]
    assert found == ([] if length is None else [length])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://r.example", "/"),
        ("http://r.example/a b", "/a%20b"),
        ("http://r.example/ä", "/%C3%A4"),
        ("http://r.example/a\r\nX: y", "/a%0D%0AX:%20y"),
        ("http://r.example/%2f?a=%20+&b=/~", "/%2f?a=%20+&b=/~"),
    ],
)
def test_a_target_is_sent_as_it_is_but_for_what_would_break_the_line(url, target):
    assert lines(Request("GET", url))[0] == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("origin", "authority", "host"),
    [
        ("http://r.example:80", "r.example", "r.example"),
        ("https://r.example:80", "r.example:80", "r.example"),
        ("https://[::1]:5000", "[::1]:5000", "::1"),
        ("https://bücher.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_an_authority_bears_only_a_port_that_is_not_the_usual_one(origin, authority, host):
    route = route_to(origin, {})
    assert (route.authority, route.host) == (authority, host)


def test_a_url_is_shown_by_its_host_alone():
    assert shown("https://user:secret@r.example:1/path?token=x") == "r.example:1"
    assert shown("nonsense") == "the registry"
