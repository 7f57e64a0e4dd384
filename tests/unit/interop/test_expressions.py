"""Expressions of Go's tools mean here what they mean there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.interop import tools

from reposync.interop.expressions import Sieve, anywhere, keep_line, one_of, takes_digest_tags
from reposync.interop.replacing import mapped, replaced
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.parsing import parse
from reposync.selection.regex import compile_expression
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.selectors import Keep
from reposync.selection.template import parse_template

NAMES = ["a", "b", "ab", "ba", "a.b", "axb", "aa", "1.2", "1.2.3", "v1.2", "A", "a-b", "a_b", "a|b"]
PIECES = st.sampled_from(
    [
        *("a", "b", ".", "|", "^", "$", "(", ")", "(?:", "(?i)", ".*", ".+", "?", "[ab]", "[^a]"),
        *("\\.", "*"),
    ]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=7).map("".join))
def test_what_is_found_anywhere_there_fits_the_whole_name_here(text):
    try:
        there = compile_expression(text or ".*")
        written = compile_expression(anywhere(text))
    except InvalidSelectorError:
        return
    for name in NAMES:
        assert written.matches(name) is (not text or there.matches_part(name))


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("^a$", "a"),
        ("^1\\.2", "1\\.2.*"),
        ("1\\.2", ".*1\\.2.*"),
        ("^a|b$", ".*(?:^a|b$).*"),
        ("^(a|b)$", "(a|b)"),
        ("^a\\$", "a\\$.*"),
        ("^[a|b$]$", "[a|b$]"),
        ("^!a$", "(?:!a)"),
        ("^\\Qa|b\\E$", ".*(?:^\\Qa|b\\E$).*"),
        ("^.*$", ".*"),
        ("", ".*"),
        ("^$", "(?:)"),
    ],
)
def test_an_expression_stays_as_short_as_it_can(text, ours):
    assert anywhere(text) == ours


@pytest.mark.parametrize("word", ["latest", "newer", "oldest"])
def test_an_expression_that_is_a_word_of_ours_stays_an_expression(word):
    assert isinstance(parse(keep_line(word)), Keep)


def test_one_of_several_keeps_flags_apart():
    written = compile_expression(one_of(["(?i)a", "b"]))
    assert [name for name in ["a", "A", "b", "B"] if written.matches(name)] == ["a", "A", "b"]


@pytest.mark.parametrize(
    ("rules", "keeps", "takes"),
    [
        (None, [], True),
        ([Sieve("v.*")], [], False),
        ([Sieve(".*")], [], True),
        ([Sieve(".*")], [Sieve("sha256-.*", inverted=True)], False),
        ([Sieve(".*")], [Sieve(".*[.]sig", inverted=True)], True),
        ([Sieve("x", inverted=True)], [], True),
        ([Sieve("sha256-58f1.*")], [], True),
    ],
)
def test_rules_that_take_in_signatures_are_known(rules, keeps, takes):
    assert takes_digest_tags(rules, keeps) is takes


@pytest.mark.parametrize(
    ("pattern", "replacement", "path", "result"),
    [
        ("my(.+)/", "from-dh/your$1/", "/myproject/webui", "/from-dh/yourproject/webui"),
        ("jenkins/", "dh/", "/jenkins/x/jenkins/y", "/dh/x/dh/y"),
        ("(.*)", "all$1", "/a/b", "all/a/b"),
        ("^/(?P<a>[^/]+)/(.*)$", "/${a}_x/$2", "/a/b", "/a_x/b"),
        ("a", "$1x$$", "/a", "/$"),
        ("x", "y", "/a", "/a"),
    ],
)
def test_a_path_is_replaced_as_in_go(pattern, replacement, path, result):
    assert replaced(pattern, replacement, path) == result


REPOSITORIES = [
    *("jenkins/jnlp-a", "jenkins/jnlp-b/c", "jenkins/jnlp-jenkins/x", "team/a", "a/team/b"),
]


@pytest.mark.parametrize(
    ("source", "pattern", "replacement"),
    [
        ("^jenkins/jnlp-.*$", "jenkins/", "dh/other/"),
        ("^jenkins/jnlp-.*$", "jenkins/(.*)", "dh/$1"),
        ("^jenkins/jnlp-.*$", "^/jenkins/", "/dh/"),
        ("^jenkins/.*$", "jnlp", "x"),
        ("^team/.*$", "team/(.+)", "mirror/$1"),
        ("^team/.*$", "/(.*)", "/all/$1"),
        ("^(team|a)/.*$", "(.*)", "all$1"),
        ("^.*$", "^(.+)$", "all$1-$0"),
        ("^jenkins/jnlp-.*$", "nkins/jnlp(.*)$", "x$1"),
        ("^team/[ab]$", "team/", "$"),
    ],
)
def test_patterns_with_a_replacement_are_mapped_alike_or_not_at_all(source, pattern, replacement):
    found = mapped(source, pattern, replacement)
    if found is None:
        return
    ours = parse_repository_pattern(found.repository)
    template = parse_template(found.template, ours.groups)
    out = [parse_repository_pattern(each) for each in found.exclude]
    for name in REPOSITORIES:
        if any(each.match(name) is not None for each in out):
            assert len(re.findall(pattern, f"/{name}")) > 1
            continue
        groups = ours.match(name)
        assert (groups is not None) is (re.search(source, name) is not None)
        if groups is not None:
            there = tools.replaced(pattern, replacement, f"/{name}").strip("/")
            assert template.fill(name, groups) == there


def test_the_usual_replacements_are_mapped():
    assert mapped("^team/.*$", "team/(.+)", "mirror/$1") is not None
    assert mapped("^jenkins/jnlp-.*$", "jenkins/", "dh/other/") is not None
    assert mapped("^a/.*$", "(.*)", "/all$1") is not None
