"""Where logins are looked for, and what is said of files that cannot be read."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.logins.homes import Home, packed

from reposync.errors import LoginError
from reposync.logins.logins import Logins
from reposync.logins.places import Place, places, read

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
FILES = [
    "named.json",
    "docker/config.json",
    "run/containers/auth.json",
    "config/containers/auth.json",
    ".dockercfg",
]


def login_of(place: str) -> dict[str, Any]:
    entry = {"r.example": packed(place, "x")}
    return entry if place == ".dockercfg" else {"auths": entry}


async def test_the_first_place_that_knows_the_host_counts(home: Home):
    environ = home.environ | {
        "REGISTRY_AUTH_FILE": str(home.root / "named.json"),
        "DOCKER_CONFIG": str(home.root / "docker"),
        "XDG_CONFIG_HOME": str(home.root / "config"),
    }
    for file in FILES:
        home.write(file, login_of(file))
    found = []
    for file in FILES:
        answer = await Logins(environ).find("r.example", "team/app")
        assert answer.credentials
        found.append(answer.credentials.user)
        home.write(file, {})
    assert found == FILES
    inline = environ | {"DOCKER_AUTH_CONFIG": '{"auths": {"r.example": {"auth": "bWU6eA=="}}}'}
    answer = await Logins(inline).find("r.example", "team/app")
    assert answer.credentials
    assert answer.credentials.user == "me"
    assert answer.credentials.origin == "the environment variable DOCKER_AUTH_CONFIG"


def test_homes_are_looked_at_where_the_environment_names_nothing():
    found = {place.path for place in places({"HOME": "/home/me"})}
    assert found == {
        "/home/me/.docker/config.json",
        f"/run/containers/{os.getuid()}/auth.json",
        "/home/me/.config/containers/auth.json",
        "/home/me/.dockercfg",
    }


def test_nothing_is_looked_for_below_a_home_that_is_not_known():
    assert [place.path for place in places({})] == [f"/run/containers/{os.getuid()}/auth.json"]


def test_what_is_not_there_is_no_login(home: Home):
    assert [read(place) for place in places(home.environ)] == [None] * 4


def test_docker_may_have_a_directory_of_its_own_without_logins(home: Home):
    environ = home.environ | {"DOCKER_CONFIG": str(home.root)}
    assert [read(place) for place in places(environ)] == [None] * 4


@pytest.mark.parametrize(
    ("variable", "path", "what"),
    [
        ("REGISTRY_AUTH_FILE", "absent.json", "does not exist"),
        ("REGISTRY_AUTH_FILE", "", "is a directory"),
        ("DOCKER_CONFIG", "file", "is not in a directory"),
        ("REGISTRY_AUTH_FILE", "x" * 300, "cannot be read"),
    ],
)
async def test_what_a_variable_names_must_be_right(home: Home, variable, path, what):
    home.write("file", "{}")
    environ = home.environ | {variable: str(home.root / path)}
    for _ in range(2):
        with pytest.raises(LoginError, match=what) as caught:
            await Logins(environ).find("r.example", "team/app")
    assert str(home.root) in str(caught.value)
    assert variable in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{\xff}", "is not UTF-8"),
        (b" " * (4 * 1024 * 1024 + 1), "is larger than 4 MiB"),
    ],
)
def test_a_file_that_is_none_of_logins_is_told(home: Home, content, what):
    file = home.write("x.json", "")
    file.write_bytes(content)
    with pytest.raises(LoginError, match=what):
        read(Place("docker's config.json", str(file)))


async def test_a_broken_file_in_the_home_is_a_warning_told_once(home: Home, caplog):
    home.write(".docker/config.json", "{,}")
    home.write("run/containers/auth.json", login_of("podman"))
    logins = Logins(home.environ)
    for repository in ("a", "b"):
        answer = await logins.find("r.example", repository)
        assert answer.credentials
        assert answer.credentials.user == "podman"
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "/.docker/config.json) is not JSON: line 1, column 2" in record.getMessage()


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Return a directory that every user of the machine may enter, unlike those of pytest."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be a user whom permissions hold for."""
    was = os.geteuid()
    os.seteuid(was or NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


def test_a_file_that_may_not_be_read_is_told_and_a_home_that_may_not_be_entered_is_not(
    open_directory,
):
    shut_file, shut_home = open_directory / "config.json", open_directory / "home"
    shut_file.write_text("{}")
    shut_file.chmod(0)
    shut_home.mkdir()
    shut_home.chmod(0)
    inside = str(shut_home / "config.json")
    with without_rights():
        with pytest.raises(LoginError, match="cannot be read: permission denied"):
            read(Place("docker's config.json", str(shut_file)))
        assert read(Place("docker's config.json", inside)) is None
        with pytest.raises(LoginError, match="cannot be read: permission denied"):
            read(Place("docker's config.json", inside, variable="DOCKER_CONFIG"))
