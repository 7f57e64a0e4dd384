"""For any bytes of a server: one answer however they are split, or one of our errors."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.property.fuzzing import cut, fuzzed

from reposync.http.answer_head import HEAD_LIMIT_BYTES, HEADER_LIMIT, Fields
from reposync.http.answer_reader import INTERIM_LIMIT, AnswerReader
from reposync.http.failures import NotHTTPError

NAMES = st.sampled_from([b"Content-Length", b"Transfer-Encoding", b"Connection", b"X", b"Link"])
VALUES = st.sampled_from(
    [b"0", b"3", b"5", b"20", b"+5", b"5, 5", b"chunked", b"gzip, chunked", b"close", b"keep-alive"]
) | st.binary(max_size=8)
LINE_ENDS = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\n ", b"\r\r\n", b"\n\r\n"])
STARTS = st.sampled_from(
    [b"HTTP/1.1 200 OK"] * 8
    + [b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 ", b"HTTP/1.1 100 Continue"]
    + [b"HTTP/1.1 101 x", b"HTTP/1.1 199", b"HTTP/2 200 OK", b"HTTP/1.1 99 x", b"SSH-2.0", b""]
)
SIZES = st.sampled_from(
    [b"0", b"3", b"5", b"a", b"5;x=y", b"zz", b"-1", b"fffffffffffffffff", b" 3"]
)
PIECES = st.one_of(
    st.tuples(STARTS, LINE_ENDS).map(b"".join),
    st.tuples(
        NAMES, st.sampled_from([b": "] * 6 + [b":", b" : ", b"", b"\0: "]), VALUES, LINE_ENDS
    ).map(b"".join),
    LINE_ENDS,
    st.tuples(SIZES, LINE_ENDS, st.sampled_from([b"abc", b"hello", b""]), LINE_ENDS).map(b"".join),
    st.sampled_from([b"\r\n", b"0\r\n\r\n", b"hello", b"\0", b"\xff\x80"]),
    st.binary(max_size=6),
)
MANY = st.tuples(PIECES, st.sampled_from([1] * 20 + [40, 3000])).map(lambda each: each[0] * each[1])
ANSWERS = st.lists(MANY, max_size=14).map(b"".join)
LIKELY = st.tuples(
    st.just(b"HTTP/1.1 200 OK\r\n"),
    st.sampled_from([b"Transfer-Encoding: chunked\r\n", b"Content-Length: 8\r\n", b""]),
    st.just(b"\r\n"),
    st.lists(PIECES, max_size=6).map(b"".join),
).map(b"".join)
INTERIM_HEADS = st.tuples(
    st.sampled_from([b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 x"]),
    st.sampled_from([b"", b"Link: </x>\r\n"] * 4 + [b"Link: " + b"x" * 5000 + b"\r\n"]),
).map(lambda each: b"HTTP/1.1 " + each[0] + b"\r\n" + each[1] + b"\r\n")
FLOODS = st.lists(st.tuples(INTERIM_HEADS, st.sampled_from([1] * 8 + [30, 3000])), max_size=6).map(
    lambda runs: [head for head, count in runs for _ in range(count)]
)
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
PLACES = st.lists(st.integers(0, 100_000), max_size=12)


class Result(NamedTuple):
    """What came of an answer; ``has_surplus`` does not count blank lines behind a chunked body.

    Those are passed over where they came with its end, as the parser has it, and noticed where they
    came later.
    """

    status: int
    fields: Fields
    body: bytes
    is_complete: bool
    interims: int


def refusal(reader: AnswerReader, part: bytes) -> str:
    """Feed *part*; give the reason where that is no answer."""
    try:
        reader.feed(memoryview(part))
    except NotHTTPError as error:
        return str(error) or "none"
    return ""


def read(parts: list[bytes], *, may_have_body: bool) -> tuple[Result | None, bool]:
    """Read *parts* and then the end; None for what is no answer, and whether more came."""
    reader = AnswerReader(may_have_body=may_have_body)
    body = b""
    fed_bytes = 0
    for part in parts:
        fed_bytes += len(part)
        reason = refusal(reader, part)
        if reason:
            assert reason.isprintable()
            return None, False
        if reader.head is None:
            assert reader.held_bytes == 0
            assert fed_bytes <= HEAD_LIMIT_BYTES
            assert reader.interims <= INTERIM_LIMIT
        while chunk := reader.take():
            body += chunk
        assert reader.held_bytes == 0
    assert len(body) <= fed_bytes
    reader.end()
    head = reader.head
    if head is None:
        return Result(0, [], b"", is_complete=False, interims=reader.interims), False
    assert len(head.fields) <= HEADER_LIMIT
    result = Result(head.status, head.fields, body, reader.is_complete, reader.interims)
    return result, reader.has_surplus


@fuzzed
@given(ANSWERS | LIKELY, PLACES, st.booleans())
@example(
    content=b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello\r\n\r\n", places=[20], may_have_body=True
)
@example(
    content=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n",
    places=[49],
    may_have_body=True,
)
def test_an_answer_is_the_same_however_its_bytes_are_parted(content, places, may_have_body):
    whole, has_surplus = read([content] if content else [], may_have_body=may_have_body)
    parts, is_noticed = read(cut(content, places), may_have_body=may_have_body)
    assert parts == whole
    if has_surplus:
        assert is_noticed
    elif is_noticed:
        assert content.endswith((b"\r", b"\n"))


@fuzzed
@given(ANSWERS | LIKELY, st.booleans())
def test_an_answer_is_the_same_byte_by_byte(content, may_have_body):
    assume(len(content) < 5000)
    whole, _ = read([content] if content else [], may_have_body=may_have_body)
    parts, _ = read([bytes([byte]) for byte in content], may_have_body=may_have_body)
    assert parts == whole


@fuzzed
@given(FLOODS, PLACES)
def test_interim_answers_are_skipped_up_to_one_bound_and_refused_beyond(flood, places):
    content = b"".join([*flood, FINAL, b"hello"])
    result, has_surplus = read(cut(content, places), may_have_body=True)
    heads_bytes = sum(map(len, flood)) + len(FINAL)
    if len(flood) > INTERIM_LIMIT or heads_bytes > HEAD_LIMIT_BYTES:
        assert result is None
    else:
        fields = [(b"content-length", b"5")]
        assert result == Result(200, fields, b"hello", is_complete=True, interims=len(flood))
        assert not has_surplus


@fuzzed
@given(FLOODS, st.integers(1, 64))
def test_a_flood_without_an_end_is_refused_before_its_bound_is_passed(flood, step):
    reader = AnswerReader(may_have_body=True)
    content = b"".join(flood) * (HEAD_LIMIT_BYTES // max(1, len(b"".join(flood))) + 2)
    assume(content)
    for start in range(0, len(content), step * 1024):
        if refusal(reader, content[start : start + step * 1024]):
            return
        assert reader.head is None
    raise AssertionError("it was never refused")


@fuzzed
@given(st.binary(max_size=500), st.lists(st.integers(0, 600), max_size=5), PLACES)
def test_a_body_comes_out_as_it_was_sent(body, sizes, places):
    chunks = cut(body, sizes)
    coded = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    for head, sent in (
        (b"Transfer-Encoding: chunked", coded),
        (b"Content-Length: %d" % len(body), body),
        (b"Connection: close", body),
    ):
        content = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + sent
        result, has_surplus = read(cut(content, places), may_have_body=True)
        assert result is not None
        assert (result.body, result.is_complete, has_surplus) == (body, True, False)
