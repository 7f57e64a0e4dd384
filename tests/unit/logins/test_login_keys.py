"""Under which names a login is kept that means a repository."""

from __future__ import annotations

import pytest

from reposync.logins.keys import matching, means_whole_host

HUB = "docker.io"


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("r.example", "r.example"),
        ("R.Example:5000", "r.example:5000"),
        ("https://r.example", "r.example"),
        ("HTTPS://r.example/v2/", "r.example"),
        ("http://r.example/v1/", "r.example"),
        ("https://r.example/some/path", "r.example"),
        ("r.example/v1/", "r.example"),
        ("r.example/v2", "r.example"),
        ("https://index.docker.io/v1/", HUB),
        ("index.docker.io", HUB),
        ("docker.io", HUB),
        ("registry-1.docker.io", HUB),
    ],
)
def test_a_key_of_a_host_means_all_its_repositories(key, host):
    assert matching([(key, 1)], host, "team/app") == ((key, 1),)
    assert matching([(key, 1)], host, "") == ((key, 1),)
    assert means_whole_host(key)


@pytest.mark.parametrize(
    "key", ["r.example", "r.example:443", "s.example:5000", "example:5000", ""]
)
def test_a_key_of_another_host_means_none_of_them(key):
    assert matching([(key, 1)], "r.example:5000", "team/app") == ()


@pytest.mark.parametrize("repository", ["team", "team/app", "team/app/deep"])
def test_a_key_with_a_path_means_what_is_at_it_and_below(repository):
    assert matching([("r.example/team", 1)], "r.example", repository)
    assert not means_whole_host("r.example/team")


@pytest.mark.parametrize("repository", ["", "teams/app", "other/team", "tea"])
def test_a_key_with_a_path_means_nothing_else(repository):
    assert matching([("r.example/team", 1)], "r.example", repository) == ()


def test_the_longest_key_comes_first_wherever_it_stands():
    keys = ["r.example", "r.example/team/app", "https://r.example", "r.example/team"]
    found = matching([(key, None) for key in keys], "r.example", "team/app")
    assert [key for key, _ in found] == [keys[1], keys[3], keys[0], keys[2]]


def test_what_else_docker_keeps_for_docker_hub_comes_behind_the_login():
    keys = [f"https://index.docker.io/v1/{path}" for path in ("refresh-token", "access-token", "")]
    found = matching([(key, None) for key in keys], HUB, "library/alpine")
    assert found[0][0] == keys[2]


def test_the_library_of_docker_hub_is_a_path_like_others():
    assert matching([("docker.io/library", 1)], HUB, "library/alpine")
