# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import (
    REGISTRIES,
    STAGES,
    with_keys,
    with_repository,
    with_stages,
    with_tags,
    with_url,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# What is wrong, a file, and all that is said of it.
BAD_FILES = (
    (
        "an unknown registry with a near name",
        "registries: {master: {url: m.example}}\n"
        + STAGES.replace("source: a", "source: mastr").replace("b,", "Master,"),
        [
            "f.yml:3:20: stages[0].from.source: unknown registry `mastr`; did you mean `master`?",
            "f.yml:4:24: stages[0].to[0].destination: unknown registry `Master`; did you mean `master`?",
        ],
    ),
    (
        "an unknown registry",
        REGISTRIES + STAGES.replace("source: a", "source: dockerhub"),
        ["f.yml:5:20: stages[0].from.source: unknown registry `dockerhub`; this file has `a`, `b`"],
    ),
    (
        "an unknown registry among many",
        f"registries: {{{', '.join(f'a{n}: {{url: a}}' for n in range(400))}}}\n"
        + STAGES.replace("source: a", "source: a0").replace("b,", "a400,"),
        [
            "f.yml:4:24: stages[0].to[0].destination: unknown registry `a400`; this file has `a0`, `a1`, `a2`, `a3`, `a4`, `a5`, `a6`, `a7`, `a8`, `a9` and 390 more"
        ],
    ),
    (
        "another scheme in the url",
        with_url("ftp://a.example:5000"),
        [
            "f.yml:1:23: registries.a.url: `ftp://a.example:5000` holds another scheme than https or http; write the host alone: `a.example:5000`"
        ],
    ),
    (
        "the path of an interface in the url",
        with_url("https://index.docker.io/v1/"),
        [
            "f.yml:1:23: registries.a.url: `https://index.docker.io/v1/` holds the path of an interface; write the host alone: `index.docker.io`"
        ],
    ),
    (
        "a path in the url that is no name",
        with_url("a.example/Prefix"),
        [
            "f.yml:1:23: registries.a.url: `a.example/Prefix` holds a path that no repository's name could begin with; write the host alone: `a.example`"
        ],
    ),
    (
        "one request at once",
        with_keys("    max_concurrent_requests: 1\n    requests_per_second: 0\n"),
        [
            "f.yml:5:30: registries.a.max_concurrent_requests: is `1`, must be a whole number from 2 to 999999999; write, for example, `max_concurrent_requests: 16`",
            "f.yml:6:26: registries.a.requests_per_second: is `0`, must be a number above 0 and at most 999999; write, for example, `requests_per_second: 10`",
        ],
    ),
    (
        "credentials in the url",
        with_url("'https://me:s3cret@a.example'"),
        [
            "f.yml:1:23: registries.a.url: holds a user or a password; write the host alone, and name environment variables in `env_user` and `env_password`"
        ],
    ),
    (
        "a query in the url",
        with_url("'https://a.example/x?token=s3cret'"),
        [
            "f.yml:1:23: registries.a.url: `https://a.example/x` has a query behind it; write the host alone: `a.example`"
        ],
    ),
    (
        "no host in the url",
        with_url("a..example"),
        [
            "f.yml:1:23: registries.a.url: `a..example` is not a registry's host; write `host` or `host:port`"
        ],
    ),
    (
        "a port that cannot be",
        with_url("a.example:99999"),
        [
            "f.yml:1:23: registries.a.url: `a.example:99999` is not a registry's host; write `host` or `host:port`"
        ],
    ),
    (
        "no host behind a scheme",
        with_url("http://a b/"),
        [
            "f.yml:1:23: registries.a.url: `http://a b/` is not a registry's host; write `host` or `host:port`"
        ],
    ),
    (
        "a user without password",
        with_keys("    env_user: A_USER\n"),
        [
            "f.yml:4:5: registries.a.env_password: this key is missing beside `env_user`; write both or neither"
        ],
    ),
    (
        "a password without user",
        with_keys("    env_password: A_PASSWORD\n"),
        [
            "f.yml:4:5: registries.a.env_user: this key is missing beside `env_password`; write both or neither"
        ],
    ),
    (
        "a secret instead of a name",
        with_keys("    env_user: A_USER\n    env_password: s3cret!\n"),
        [
            "f.yml:6:19: registries.a.env_password: is not the name of an environment variable; write the name of the variable that holds the value, never the value itself"
        ],
    ),
    (
        "a variable in shell syntax",
        with_keys("    env_user: $A_USER\n    env_password: ${A_PASSWORD}\n"),
        [
            "f.yml:5:15: registries.a.env_user: must be the name of a variable alone; write `A_USER`",
            "f.yml:6:19: registries.a.env_password: must be the name of a variable alone; write `A_PASSWORD`",
        ],
    ),
    (
        "variables that are not set",
        with_keys("    env_user: NO_USER\n    env_password: NO_PASSWORD\n"),
        [
            "f.yml:5:15: registries.a.env_user: the environment variable `NO_USER` is not set; set it; an empty user means anonymous",
            "f.yml:6:19: registries.a.env_password: the environment variable `NO_PASSWORD` is not set; set it; an empty user means anonymous",
        ],
    ),
    (
        "upper case in a repository",
        with_repository("Team/App"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `Team/App` has upper-case letters; write `team/app`"
        ],
    ),
    (
        "a tag in a repository",
        with_repository("team/app:1.0"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `team/app:1.0` holds a tag; write the repository alone: `team/app`"
        ],
    ),
    (
        "a tag and upper case in a repository",
        with_repository("team/App:1.0"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `team/App:1.0` holds a tag; write the repository alone: `team/app`"
        ],
    ),
    (
        "a tag in no repository",
        with_repository("team//app:1.0"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `team//app:1.0` holds a tag; write the repository alone"
        ],
    ),
    (
        "a digest in a repository",
        with_repository("team/app@sha256:0123"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `team/app@sha256:0123` holds a digest; write the repository alone: `team/app`"
        ],
    ),
    (
        "a registry in a repository",
        with_repository("b.example:5000/team/app:1.0"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `b.example:5000/team/app:1.0` holds the registry; write the repository alone: `team/app`"
        ],
    ),
    (
        "an address as repository",
        with_repository("https://b.example/team/app"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `https://b.example/team/app` holds the registry; write the repository alone: `team/app`"
        ],
    ),
    (
        "credentials in a repository",
        with_repository("https://me:s3cret@b.example/team/app"),
        [
            "f.yml:6:39: stages[0].to[0].repository: holds a user or a password; write the repository alone, and name environment variables in `env_user` and `env_password`"
        ],
    ),
    (
        "Docker Hub in its own repository",
        "registries: {a: {url: index.docker.io}, b: {url: b.example}}\n"
        + STAGES.replace("x/y", "docker.io/library/alpine"),
        [
            "f.yml:3:35: stages[0].from.repository: `docker.io/library/alpine` holds the registry; write `library/alpine`"
        ],
    ),
    (
        "slashes around a repository",
        with_repository("/team/app/"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `/team/app/` begins or ends with a `/`; write `team/app`"
        ],
    ),
    (
        "an empty part in a repository",
        with_repository("team//app"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `team//app` is not a repository; use lower-case letters, digits and single . _ - between them, with / between the parts"
        ],
    ),
    (
        "a long repository",
        with_repository("a" * 256),
        [
            "f.yml:6:39: stages[0].to[0].repository: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...` is too long; use at most 255 characters"
        ],
    ),
    (
        "a tag that begins with a dash",
        with_tags("[-rc]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `-rc` is not a tag; use letters, digits and _ . - in it, and begin with a letter, a digit or _"
        ],
    ),
    (
        "a repository in a tag",
        with_tags("[team/app:1.0]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `team/app:1.0` contains a repository; write the tag alone: `1.0`"
        ],
    ),
    (
        "a digest that is none",
        with_tags("['sha256:0123', v1@sha256:0123]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `sha256:0123` is not a digest; a digest is sha256: and 64 hexadecimal digits, or sha512: and 128",
            "f.yml:6:66: stages[0].to[0].tags[1]: `sha256:0123` is not a digest; a digest is sha256: and 64 hexadecimal digits, or sha512: and 128",
        ],
    ),
    (
        "a long tag",
        with_tags(f"[{'a' * 129}]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...` is too long for a tag; use at most 128 characters"
        ],
    ),
    (
        "a tilde for a tag",
        with_tags("[~]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `~` is not a tag; for a range of versions write `semver: ~`"
        ],
    ),
    (
        "what steers a terminal",
        with_tags('["a\\e]31m\\u202eb"]'),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `a\\x1b]31m\\u202eb` is not a tag; use letters, digits and _ . - in it, and begin with a letter, a digit or _"
        ],
    ),
    (
        "a dependency on a near name",
        with_stages("id: mirror-a", "depends_on: [miror-a]"),
        [
            "f.yml:6:94: stages[1].depends_on[0]: no stage has the id `miror-a`; did you mean `mirror-a`?"
        ],
    ),
    (
        "a dependency on nobody",
        with_stages("id: mirror", "depends_on: [xyz]"),
        [
            "f.yml:6:94: stages[1].depends_on[0]: no stage has the id `xyz`; give that id to the stage you mean"
        ],
    ),
    (
        "a dependency on itself",
        with_stages("id: one, depends_on: [one]"),
        ["f.yml:5:103: stages[0].depends_on[0]: `one` depends on itself; remove it"],
    ),
    (
        "a circle",
        with_stages(
            "id: one, depends_on: [three]",
            "id: two, depends_on: [one]",
            "id: three, depends_on: [two]",
        ),
        [
            "f.yml:5:103: stages[0].depends_on[0]: the stages wait for one another: `one -> three -> two -> one`; remove one of these dependencies"
        ],
    ),
    (
        "two circles",
        with_stages(
            "id: one, depends_on: [two, three]",
            "id: two, depends_on: [one, one]",
            "id: three, depends_on: [one]",
        ),
        [
            "f.yml:5:103: stages[0].depends_on[0]: the stages wait for one another: `one -> two -> one`; remove one of these dependencies",
            "f.yml:5:108: stages[0].depends_on[1]: the stages wait for one another: `one -> three -> one`; remove one of these dependencies",
        ],
    ),
    (
        "a long circle",
        with_stages(
            *(f"id: s{number}, depends_on: [s{(number + 1) % 30}]" for number in range(30))
        ),
        [
            "f.yml:5:102: stages[0].depends_on[0]: the stages wait for one another: `s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> s10 -> s11 -> s12 -> s13 -> s14 -> s15 -> s16 -> s17 -> s18 -> ... -> s0`; remove one of these dependencies"
        ],
    ),
    (
        "an id of two stages",
        with_stages("id: one", "id: two", "id: one"),
        [
            "f.yml:7:85: stages[2].id: `one` is the id of another stage in line 5; give each stage its own"
        ],
    ),
    (
        "two sources for one tag",
        "registries: {a: {url: docker.io}, b: {url: index.docker.io}, c: {url: c.example}}\n"
        + STAGES.replace("x/y}]", "x/y, tags: ['1', '2']}]").replace("source: a", "source: c")
        + "  - from: {source: a, repository: z}\n    to: [{destination: a, repository: x/y, tags: ['2']}]\n",
        [
            "f.yml:6:51: stages[1].to[0].tags[0]: `docker.io/x/y:2` would get two images: this one of `docker.io/library/z`, and that of `c.example/x/y` in line 4; write one of them to another repository, or leave this tag out of one"
        ],
    ),
)


@pytest.mark.parametrize(
    ("text", "told"), [pytest.param(*rest, id=name) for name, *rest in BAD_FILES]
)
def test_what_cannot_be_meant_is_told_with_its_key_and_what_to_do(
    problems: Callable[[str], list[str]], text: str, told: list[str]
):
    assert problems(text) == told
