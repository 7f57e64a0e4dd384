from __future__ import annotations

from bench.access_log import AccessLog, Served, served

LINES = b"""\
10.202.0.1 - - [24/Nov/2026:08:02:28 +0000] "HEAD /v2/a/manifests/v1 HTTP/1.1" 200 428 "" "agent"
127.0.0.1 - - [24/Nov/2026:08:02:28 +0000] "GET /v2/a/blobs/sha256:12 HTTP/1.1" 200 1024 "" ""
127.0.0.1 - someone [24/Nov/2026:08:02:28 +0000] "GET /v2/\\"odd HTTP/1.1" 404 19 "-" "a \\"b\\""
"""


def test_requests_are_counted_and_the_bytes_of_bodies_that_were_sent():
    assert served(LINES) == Served(3, 1043)


def test_lines_that_are_no_access_log_count_nothing():
    assert served(b'time="2026" level=error msg="\\"GET /\\" 200 5"\n') == Served(0, 0)


def test_a_log_is_told_from_where_it_was_told_last(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(LINES)
    log = AccessLog(path)
    log.skip()
    assert log.take() == Served(0, 0)
    with path.open("ab") as file:
        file.write(LINES)
    assert log.take() == Served(3, 1043)
    assert log.take() == Served(0, 0)
