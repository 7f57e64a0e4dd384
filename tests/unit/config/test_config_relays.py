"""Relays: what another program cannot do is told where it is asked for."""

# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

import os

import pytest

from reposync.config.load import load
from reposync.config.relays import relayed
from reposync.errors import ConfigError

FILE = """\
registries:
  a: {{url: {a}{more}}}
  b: {{url: "{b}"}}
stages:
  - from: {{source: a, repository: x/y}}
    to: [{{destination: b, repository: x/y{rule}}}]
{stage}
relay: {relay}
"""


def text(**parts: str) -> str:
    usual = {"a": "a.example", "b": "b.example", "more": "", "rule": "", "stage": ""}
    return FILE.format(**{**usual, "relay": "skopeo", **parts})


@pytest.fixture
def environ(tmp_path):
    """Have both programs on the path."""
    for name in ("skopeo", "dregsy"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return {"PATH": str(tmp_path)}


@pytest.fixture
def loaded(tmp_path, monkeypatch, environ):
    monkeypatch.chdir(tmp_path)

    def loaded(content: str, *, verify_only: bool = False, **other: str):
        (tmp_path / "f.yml").write_text(content)
        return load("f.yml", environ | other, verify_only=verify_only)

    return loaded


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"rule": ", platforms: [linux/amd64]"},
            "f.yml:6:55: stages[0].to[0].platforms: `skopeo` copies every platform; take `platforms` away, write `platforms: []` there, or use `relay: native` for this stage",
        ),
        (
            {"stage": "    referrers: true"},
            "f.yml:7:16: stages[0].referrers: `skopeo` leaves referrers behind; write `referrers: false`, or use `relay: native` for this stage",
        ),
        (
            {"stage": "defaults: {referrers: {late: all}}"},
            "f.yml:7:23: defaults.referrers: `skopeo` leaves referrers behind; write `referrers: false`, or use `relay: native` for this stage",
        ),
        (
            {"b": "oci:bundle"},
            "f.yml:6:24: stages[0].to[0].destination: `skopeo` copies between registries, and `b` is a layout; use `relay: native` for this stage",
        ),
        (
            {"more": ", hub_reserve: 20"},
            "f.yml:2:36: registries.a.hub_reserve: `skopeo` ignores this key; remove it, or use `relay: native` for this stage",
        ),
        (
            {"more": ", requests_per_second: 5"},
            "f.yml:2:44: registries.a.requests_per_second: `skopeo` ignores this key; remove it, or use `relay: native` for this stage",
        ),
        (
            {"b": "123456789012.dkr.ecr.eu-west-1.amazonaws.com", "relay": "dregsy"},
            "f.yml:3:12: registries.b.url: `dregsy` would show a password of `123456789012.dkr.ecr.eu-west-1.amazonaws.com` on the command line of skopeo; use `relay: skopeo` or `relay: native` for the stages of this registry",
        ),
        (
            {"b": "Master"},
            "f.yml:3:12: registries.b.url: `skopeo` takes `master` for a name at Docker Hub; write its port, `master:443`, or its full name; or use `relay: native` for this stage",
        ),
        (
            {"a": "'https://a.example:1'", "more": ", skip-tls-verify: true"},
            "f.yml:2:12: registries.a.url: with `skip-tls-verify`, `skopeo` may speak plain HTTP to `a.example:1`; take `https://` away where that may be, or use `relay: native` for this stage",
        ),
        (
            {"relay": "scopeo"},
            "f.yml:8:8: relay: is `scopeo`, must be `dregsy`, `native` or `skopeo`; did you mean `skopeo`?",
        ),
    ],
)
def test_what_a_program_cannot_do_is_told_where_it_is_asked_for(loaded, parts, said):
    with pytest.raises(ConfigError) as caught:
        loaded(text(**parts))
    assert str(caught.value).splitlines() == [said]


@pytest.mark.parametrize(
    "parts",
    [
        {"relay": "native", "rule": ", platforms: [linux/amd64], referrers: true"},
        {"stage": "    relay: native\n    platforms: [linux/amd64]"},
        {"b": "123456789012.dkr.ecr.eu-west-1.amazonaws.com"},
        {"b": "localhost"},
        {"b": "master:5000"},
        {"rule": ", platforms: []", "stage": "defaults: {platforms: [linux/amd64]}"},
    ],
)
def test_what_it_can_do_passes(loaded, parts):
    assert loaded(text(**parts)).config


def test_that_referrers_stay_behind_is_told_until_the_file_says_so(loaded):
    silent = loaded(text()).warnings
    said = loaded(text(rule=", referrers: false")).warnings

    assert [str(each) for each in silent] == [
        "f.yml:8:8: relay: `skopeo` leaves signatures, SBOMs and other referrers behind; write `referrers: false` if that is meant"
    ]
    assert said == ()


def test_a_stage_says_it_for_itself(loaded):
    config = loaded(text(relay="native", stage="    relay: dregsy")).config

    assert relayed(config) == {"stages[0]": "dregsy"}


@pytest.mark.parametrize(
    ("relay", "programs"), [("skopeo", ["skopeo"]), ("dregsy", ["dregsy", "skopeo"])]
)
def test_a_program_that_is_not_there_stops_a_run_and_is_a_warning_for_a_check(
    loaded, relay, programs
):
    content = text(relay=relay, rule=", referrers: false")
    said = [
        f"f.yml:8:8: relay: the program `{program}` is not on the PATH; install it, or write `relay: native`"
        for program in programs
    ]

    checked = loaded(content, verify_only=True, PATH=os.devnull)
    with pytest.raises(ConfigError) as caught:
        loaded(content, PATH=os.devnull)

    assert [str(each) for each in checked.warnings] == said
    assert str(caught.value).splitlines() == said
