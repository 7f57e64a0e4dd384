"""What is shown of a registry's error body."""

from __future__ import annotations

import json

import pytest

from reposync.oci.error_code import parse, redacted

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Basic dXNlcjpwYXNz is wrong", "Authorization: Basic *** is wrong"),
        (f"bearer {TOKEN}: expired", "bearer ***: expired"),
        (f"token {TOKEN} expired", "token *** expired"),
        ("GET https://s3.example/x?X-Amz-Signature=ab%2F: 403", "GET https://s3.example/x?***"),
        ("see https://docs.example/limits", "see https://docs.example/limits"),
        ("by HTTP://me:pa55@proxy.example:1/x", "by HTTP://proxy.example:1/x"),
        ("basically a bearer of bad news", "basically a bearer *** bad news"),
        ("manifest unknown", "manifest unknown"),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text, shown):
    assert redacted(text).startswith(shown)


def test_whatever_the_body_is_no_secret_of_its_kind_is_shown():
    entries = [{"code": f"Basic {TOKEN}", "message": f"Bearer {TOKEN} at https://x/y?sig=s3cret"}]
    for body in (json.dumps({"errors": entries}), f"Bearer {TOKEN} at https://x/y?sig=s3cret\n"):
        shown = repr(parse(body.encode()))
        assert TOKEN not in shown
        assert TOKEN.upper() not in shown
        assert "s3cret" not in shown
