"""Answers put together from bytes: every framing, at every place where packets can be parted."""

from __future__ import annotations

import tracemalloc

import pytest

from reposync.http.answer_head import Headers
from reposync.http.answer_reader import AnswerReader
from reposync.http.failures import NotHTTPError

COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;note=x\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"
)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + COUNTED
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nhello"


def read(*pieces, may_have_body=True):
    reader = AnswerReader(may_have_body=may_have_body)
    for piece in pieces:
        reader.feed(memoryview(piece))
    return reader


def body(reader):
    chunks = []
    while chunk := reader.take():
        chunks.append(chunk)
    return b"".join(chunks)


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED, INTERIM, UNTIL_CLOSE])
def test_an_answer_is_the_same_wherever_it_is_parted(raw):
    for cut in range(1, len(raw)):
        reader = read(raw[:cut], raw[cut:])
        reader.end()
        assert (reader.is_complete, reader.has_surplus, body(reader)) == (True, False, b"hello")


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED, INTERIM])
def test_an_answer_that_comes_byte_by_byte_is_complete_with_its_last(raw):
    pieces = [raw[at : at + 1] for at in range(len(raw))]
    assert not read(*pieces[:-1]).is_complete
    reader = read(*pieces)
    assert reader.is_complete
    assert body(reader) == b"hello"


@pytest.mark.parametrize("raw", [COUNTED, CHUNKED])
@pytest.mark.parametrize("junk", [b"x", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_comes_behind_an_answer_is_noticed(raw, junk):
    assert read(raw + junk).has_surplus
    assert read(raw, junk).has_surplus


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body_whatever_their_length_says(status):
    reader = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n")
    assert reader.is_complete
    assert not reader.has_surplus


@pytest.mark.parametrize(
    "field", [b"Content-Length: 5", b"Transfer-Encoding: chunked", b"X-Nothing: 1"]
)
def test_the_answer_to_head_ends_with_its_head(field):
    reader = read(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n", may_have_body=False)
    assert reader.is_complete


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 5",
        b"Content-Length: +5",
        b"Content-Length: 5\r\n 0",
        b"Content-Length: 99999999999999999999999",
        b"Content-Length:",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b"X: a\r\n b",
        b"X: a\0b",
        b"no colon",
    ],
)
def test_an_answer_whose_end_is_in_doubt_is_refused(fields):
    raw = b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\nhello"
    with pytest.raises(NotHTTPError):
        read(raw)
    with pytest.raises(NotHTTPError):
        read(*[raw[at : at + 1] for at in range(len(raw))])


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"\x15\x03\x01\x00\x02\x02",
        b"\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
def test_garbage_is_refused_as_soon_as_it_is_seen(raw):
    with pytest.raises(NotHTTPError):
        read(raw)


def test_a_head_is_bounded_in_bytes_and_headers():
    with pytest.raises(NotHTTPError, match="64 KiB"):
        read(b"HTTP/1.1 200 OK\r\nX: ", *[b"x" * 4096] * 17)
    with pytest.raises(NotHTTPError, match="256 headers"):
        read(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 258)


def test_interim_answers_are_bounded_in_number():
    with pytest.raises(NotHTTPError, match="more than 32 interim answers"):
        read(b"HTTP/1.1 100 Continue\r\n\r\n" * 40)


def test_interim_answers_and_the_last_share_one_bound_in_bytes():
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 4096 + b"\r\n\r\n"
    with pytest.raises(NotHTTPError, match="64 KiB"):
        read(*[hint] * 20)


def test_a_flood_of_interim_answers_costs_no_more_memory_than_its_buffer():
    flood = memoryview(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 6000)
    tracemalloc.start()
    try:
        for _ in range(20):
            with pytest.raises(NotHTTPError):
                AnswerReader(may_have_body=True).feed(flood)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * len(flood)


@pytest.mark.parametrize("endless", [b"0\r\nX: " + b"x" * 4096, b"1;x=" + b"y" * 4096])
def test_trailers_and_extensions_are_bounded(endless):
    with pytest.raises(NotHTTPError):
        read(CHUNKED[:47], endless, *[b"z" * 4096] * 17)


def test_a_chunk_must_be_worth_what_surrounds_it():
    with pytest.raises(NotHTTPError, match="in doubt"):
        read(CHUNKED[:47], *[b"1;x=" + b"y" * 4096 + b"\r\nz\r\n"] * 17)


def test_a_document_in_tiny_chunks_is_read_and_a_flood_of_them_is_not():
    small = CHUNKED[:47] + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n"
    assert body(read(small)) == b"x" * 10_000
    flood = CHUNKED[:47] + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"
    for pieces in ([flood], [flood[start : start + 999] for start in range(0, len(flood), 999)]):
        with pytest.raises(NotHTTPError, match="tiny chunks"):
            read(*pieces)


@pytest.mark.parametrize(
    ("start", "piece"),
    [(CHUNKED[:47], b"2\r\nab\r\n"), (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"ab")],
)
def test_a_body_in_tiny_pieces_costs_little_more_memory_than_its_bytes(start, piece):
    reader = read(start)
    tracemalloc.start()
    try:
        for _ in range(16_000):
            reader.feed(memoryview(piece))
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 2 * reader.held_bytes
    assert body(reader) == b"ab" * 16_000


def test_a_refusal_holds_nothing_of_what_came():
    with pytest.raises(NotHTTPError) as raised:
        read(b"\0" * 100)
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_what_is_released_is_held_no_longer():
    reader = read(COUNTED)
    reader.release()
    assert (reader.held_bytes, reader.take(), reader.is_complete) == (0, b"", False)


@pytest.mark.parametrize("size", [b"zz\r\n", b"-1\r\n", b"0x5\r\n", b"5\r\nhelloX"])
def test_a_bad_chunk_is_refused(size):
    with pytest.raises(NotHTTPError):
        read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size)


@pytest.mark.parametrize(
    ("start", "keeps_alive"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: y, close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_a_server_says_whether_it_goes_on(start, keeps_alive):
    head = read(start + b"Content-Length: 0\r\n\r\n").head
    assert head is not None
    assert head.keeps_alive is keeps_alive


def test_headers_are_found_in_any_case_and_the_first_counts():
    head = read(COUNTED).head
    assert head is not None
    headers = Headers(head.fields)
    assert headers["X-a"] == "1"
    assert headers.values_of("X-A") == ["1", "2"]
    assert headers.get("absent") is None
    assert (set(headers), len(headers)) == ({"content-length", "x-a"}, 2)


def test_a_chunk_that_is_put_back_is_the_next():
    reader = read(COUNTED)
    reader.put_back(reader.take()[2:])
    assert (reader.held_bytes, body(reader)) == (3, b"llo")
