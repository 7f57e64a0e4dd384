"""Names of registries, repositories and images: one form for each, and none that is not legal."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.fuzzing import DIGESTS, fuzzed, pieces

from reposync.errors import InvalidReferenceError
from reposync.layout.names import Name, entry_names, written_name
from reposync.oci.digest import Digest
from reposync.oci.reference import (
    DOCKER_HUB,
    Reference,
    canonical_host,
    canonical_repository,
    is_tag,
)
from reposync.oci.referrers import cosign_tags, fallback_tag, is_fallback_tag, subject_tag

LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True)
HOSTS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=3).map(".".join),
    st.sampled_from(["[::1]", "127.0.0.1", "INDEX.docker.io", "registry-1.docker.io", "localhost"]),
)
PORTS = st.just("") | st.integers(1, 65535).map(":{}".format)
COMPONENTS = st.from_regex(r"[a-z0-9]+((\.|_|__|-{1,4})[a-z0-9]+){0,3}", fullmatch=True)
REPOSITORIES = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True)
JUNK = pieces(
    *(
        "docker.io",
        "library",
        "a",
        "B",
        "/",
        "//",
        ".",
        "..",
        "_",
        "__",
        "___",
        "-",
        ":",
        "@",
        "\n",
    ),
    *("5000", "[", "]", "::1", "sha256:", "%2e", "\u00e9", "\u0661", " ", "?", "#", "\\"),
)


@fuzzed
@given(HOSTS, PORTS)
def test_a_registry_has_one_name(host: str, port: str):
    name = canonical_host(host + port)
    assert canonical_host(name) == name == canonical_host((host + port).upper())
    assert name == DOCKER_HUB or name == (host + port).lower()


@fuzzed
@given(REPOSITORIES, st.sampled_from([DOCKER_HUB, "r.example"]))
def test_a_repository_has_one_name(repository: str, host: str):
    name = canonical_repository(host, repository)
    assert canonical_repository(host, name) == name
    assert name.endswith(repository)


@fuzzed
@given(JUNK)
@example("a" * 256)
@example("a" + "-" * 100_000)
@example("a\n")
@example("\u0661")
def test_what_is_a_name_can_stand_in_a_path(text: str):
    with suppress(InvalidReferenceError):
        host = canonical_host(text)
        assert host.isascii()
        assert not set(host) & set("/?#@\\ \n%")
    with suppress(InvalidReferenceError):
        repository = canonical_repository("r.example", text)
        assert repository.isascii()
        assert not set(repository) & set("?#@:\\ \n%")
        assert not {"", ".", ".."} & set(repository.split("/"))
    assert not is_tag(text) or (text.isascii() and not set(text) & set("/?#@:\\ \n%"))


@fuzzed
@given(REPOSITORIES, TAGS, DIGESTS)
def test_an_image_is_found_again_by_what_its_reference_says(repository, tag, digest):
    reference = Reference("r.example:5000", repository)
    assert reference.naming(tag) == Reference("r.example:5000", repository, tag)
    assert reference.naming(digest).digest == digest
    registry, _, rest = str(reference.naming(tag)).partition("/")
    assert (registry, rest) == ("r.example:5000", f"{repository}:{tag}")
    assert str(reference.naming(digest)) == f"r.example:5000/{repository}@{digest}"


@fuzzed
@given(REPOSITORIES, TAGS)
def test_a_name_in_a_layout_is_read_as_it_was_written(repository: str, tag: str):
    assert entry_names(written_name(repository, tag), "").first == Name(repository, tag)


@fuzzed
@given(JUNK, JUNK)
def test_any_name_in_a_layout_is_understood_or_passed_over(ref_name: str, image_name: str):
    names = entry_names(ref_name, image_name)
    for name in (*([names.first] if names.first else ()), *names.others):
        assert is_tag(name.tag)


@fuzzed
@given(DIGESTS)
def test_a_digest_is_found_again_by_the_tags_that_speak_of_it(text: str):
    digest = Digest(text)
    tag = fallback_tag(digest)
    assert is_tag(tag)
    assert is_fallback_tag(tag)
    for each in cosign_tags(digest):
        assert is_tag(each)
        assert subject_tag(each) == tag
