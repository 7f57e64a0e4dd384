"""For any header: reading it ends soon, in a value or in one of our errors."""

from __future__ import annotations

import datetime as dt
import math
import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.fuzzing import fuzzed, pieces

from reposync.errors import InvalidReferenceError, ProtocolError
from reposync.oci import challenge
from reposync.oci.digest import Digest
from reposync.registry import header_numbers
from reposync.registry.auth.tokens import Scope, token_url
from reposync.registry.pages import next_page
from reposync.registry.redirects.rules import origin, resolved
from reposync.registry.refusal import retry_after_s
from reposync.registry.throttle.pull_quota import allowance

URL = "https://r.example:5000/v2/a/tags/list"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TOKENS = st.from_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
LINKS = pieces(
    *("<", ">", ";", ",", "rel", "=", '"', "next", "prev", " ", "\t", "rel=next", '; rel="next"'),
    *("/x?last=b", "https://r.example:5000/y", "http://[", "//evil.example/", "[::1]", "?", "é"),
)
CHALLENGES = pieces(
    *("Bearer", "Basic", "Negotiate", " ", ",", "=", '"', "\\", "realm", 'realm="https://t/"'),
    *('service="r"', "realm=", "a==", "error=", "\t", 'scope="repository:a:pull,push"'),
)
MOMENTS = pieces(
    *("Mon,", " ", "01", "Jan", "2026", "99999999999999999999", "00:00:00", "GMT", "-0000"),
    *("+9999999999999999", "1e9", "-5", "\u0661", "inf", ":"),
)
RANGES = pieces("bytes", "=", " ", "-", "0", "/", "*", "99999999999999999999", "\u0661", ",", "\n")
TARGETS = pieces(
    *("http", "https", "://", "r.example", ":5000", ":", "/", "?", "#", "@", "[", "]", "::1", "\\"),
    *("..", "127.0.0.1", "%", "\ud800", "\uff11", "v2", " ", "xn--", ":99999", "\x00", "."),
)


@fuzzed
@given(LINKS)
@example("<http://[>; rel=next")
@example(f"x{' ' * 5000}>>; rel=next")
@example("<," * 4000)
@example('<a>; rel="' + "x" * 100_000)
def test_a_link_leads_to_a_page_of_the_same_host_or_nowhere(link: str):
    with suppress(ProtocolError):
        page = next_page(link, URL)
        assert page is None or page.startswith("/")


@fuzzed
@given(st.lists(st.tuples(TOKENS, VALUES), max_size=3), VALUES, st.sampled_from(["", " ", "\t "]))
def test_the_next_page_is_found_whatever_stands_beside_it(others, query, space):
    query = "".join(sign for sign in query if sign not in "<># \\")
    other = "".join(f"<{URL}/{n}>{space}; {name}=x, " for n, (name, _) in enumerate(others))
    link = f'{other}</v2/a/tags/list?last={query}>{space};{space}title="a, b"; rel="prev next"'
    if not any(name.lower() == "rel" for name, _ in others):
        assert next_page(link, URL) == f"/v2/a/tags/list?last={query}"


@fuzzed
@given(st.lists(CHALLENGES, max_size=3))
@example(["," * 16_000 + "="])
@example(['a="' * 5000])
@example(["Basic " + "a" * 16_000 + "=,"])
def test_any_challenge_is_read_and_bounded(headers: list[str]):
    found = challenge.parse(headers)
    assert len(found) <= sum(map(len, headers))
    for each in found:
        assert each.scheme == each.scheme.lower() != ""
        with suppress(ProtocolError):
            token_url(each, Scope("a"), URL)


@fuzzed
@given(
    st.lists(
        st.tuples(TOKENS, st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=3)), max_size=3
    )
)
def test_a_challenge_is_read_as_it_was_written(written):
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = ", ".join(
        " ".join([scheme, ", ".join(f"{name}={quoted(text)}" for name, text in parameters.items())])
        for scheme, parameters in written
    )
    found = [(each.scheme, dict(each.parameters)) for each in challenge.parse([header])]
    assert found == [(scheme.lower(), parameters) for scheme, parameters in written]


@fuzzed
@given(MOMENTS)
@example("Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
@example("Mon, 01 Jan 2024 00:00:00 +9999999999999999999")
@example("1" * 5000)
def test_a_moment_to_come_back_is_a_finite_time_or_nothing(value: str):
    seconds = retry_after_s(value, NOW)
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))


@fuzzed
@given(st.integers(0, 10**8))
def test_a_moment_to_come_back_is_read_in_both_its_forms(seconds: int):
    moment = NOW + dt.timedelta(seconds=seconds)
    assert retry_after_s(f" {seconds} ") == seconds
    assert retry_after_s(moment.strftime("%a, %d %b %Y %H:%M:%S GMT"), NOW) == seconds


@fuzzed
@given(RANGES)
@example("0-" + "9" * 5000)
@example(" " * 60_000 + "x")
def test_numbers_of_headers_are_read_or_not_at_all(text: str):
    for read in (header_numbers.length, header_numbers.taken_bytes, header_numbers.first_byte):
        number = read(text)
        assert number is None or 0 <= number <= 10**18
    allowance({"RateLimit-Limit": text, "RateLimit-Remaining": text})


@fuzzed
@given(st.integers(0, 2**50), st.integers(1, 2**50))
def test_ranges_are_read_as_they_are_written(start: int, count: int):
    end = start + count - 1
    assert header_numbers.first_byte(f"bytes {start}-{end}/*") == start
    assert header_numbers.first_byte(f"bytes={start}-{end}/{end + 1}") == start
    for text in (f"{start}-{end}", f"bytes={start}-{end}", f" 0-{end} "):
        assert header_numbers.taken_bytes(text) == end + 1
    assert header_numbers.length(str(count)) == count


@fuzzed
@given(TARGETS)
def test_where_an_answer_leads_is_a_url_or_an_error(target: str):
    with suppress(ProtocolError):
        url = resolved(URL, target)
        there = origin(url)
        assert there.scheme == "https"
        assert 0 <= there.port <= 99_999


@fuzzed
@given(pieces("sha256:", "sha512:", "a" * 64, "A" * 64, "0" * 128, "md5:", "\n"))
def test_a_digest_is_one_or_an_error(text: str):
    with suppress(InvalidReferenceError):
        assert Digest(text) == text


@pytest.mark.parametrize(
    "junk",
    [" ", "\t", ",", ";", "<", ">", '"', "=", "a", "a=", 'a="', "; ", ", ", "\\", "<>", "a b"],
)
@pytest.mark.parametrize("end", ["", "x", "=", '"', ">>", ";;", "\\"])
def test_a_header_of_the_greatest_length_is_read_in_no_time(junk: str, end: str):
    text = (junk * 65_536)[: 65_536 - len(end)] + end
    began_s = time.process_time()
    with suppress(ProtocolError):
        next_page(text[:8192], URL)
    challenge.parse([text])
    retry_after_s(text)
    header_numbers.taken_bytes(text)
    header_numbers.first_byte(text)
    with suppress(ProtocolError):
        resolved(URL, text)
    assert time.process_time() - began_s < 2
