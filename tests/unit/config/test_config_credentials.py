from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import with_keys

from reposync.config.credentials import credentials
from reposync.config.load import load
from reposync.config.model import Registry
from reposync.credentials import Credentials
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NAMED = Registry(url="a.example", env_user="A_USER", env_password="A_PASSWORD")


def test_user_and_password_are_the_values_of_the_named_variables():
    found = credentials(NAMED, {"A_USER": "me", "A_PASSWORD": "s3cret"})

    assert found == Credentials("me", "s3cret", "environment variables A_USER and A_PASSWORD")


def test_they_do_not_show_themselves():
    found = credentials(NAMED, {"A_USER": "me", "A_PASSWORD": "s3cret"})

    assert "s3cret" not in repr(found)
    assert "'me'" not in repr(found)


@pytest.mark.parametrize("password", ["", "s3cret"])
def test_an_empty_user_is_anonymous(password: str):
    assert credentials(NAMED, {"A_USER": "", "A_PASSWORD": password}) is None


def test_an_empty_password_is_a_password():
    assert credentials(NAMED, {"A_USER": "me", "A_PASSWORD": ""}) is not None


def test_a_registry_that_names_no_variables_is_used_anonymously():
    assert credentials(Registry(url="a.example"), {"A_USER": "me"}) is None


def test_a_variable_that_is_not_set_is_no_way_to_be_anonymous():
    with pytest.raises(KeyError, match="A_USER"):
        credentials(NAMED, {})


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("s3cret", "s3cret"),
        ("s3cret\n", "s3cret"),
        ("s3cret\r\n", "s3cret"),
        ("s3cret\n\n", "s3cret\n"),
        (" s3cret ", " s3cret "),
        ("", ""),
        ("s\u00fc\u00df", "s\u00fc\u00df"),
    ],
)
def test_a_value_can_stand_in_a_file_that_a_variable_names(
    tmp_path: Path, content: str, value: str
):
    file = tmp_path / "secret"
    file.write_bytes(content.encode())

    found = credentials(NAMED, {"A_USER": "me", "A_PASSWORD_FILE": str(file)})

    assert found == Credentials("me", value, "environment variables A_USER and A_PASSWORD_FILE")


def test_a_variable_that_is_set_outweighs_a_file_whatever_its_name():
    registry = Registry(url="a.example", env_user="A_USER", env_password="KEY_FILE")
    environ = {"A_USER": "", "A_USER_FILE": "/absent", "KEY_FILE": "s3cret"}

    assert credentials(registry, environ) is None
    assert credentials(registry, environ | {"A_USER": "me"}) == Credentials(
        "me", "s3cret", "environment variables A_USER and KEY_FILE"
    )


@pytest.mark.parametrize(
    ("content", "what", "hint"),
    [
        (None, "cannot be read", "no such file or directory"),
        (b"\xff", "is no text of one secret", "write the value alone into it, in UTF-8"),
        (b"x" * 70_000, "is no text of one secret", "write the value alone into it, in UTF-8"),
    ],
)
def test_a_file_that_holds_no_value_is_told_with_its_place(
    tmp_path: Path, content: bytes | None, what: str, hint: str
):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    environ = {"A_USER": "me", "KEY_FILE": str(file)}
    path = tmp_path / "f.yml"
    path.write_text(with_keys("    env_user: A_USER\n    env_password: KEY\n"))
    place = f"{path}:6:19: registries.a.env_password: "
    problem = f"{place}the file `{file}` of `KEY_FILE` {what}; {hint}"

    with pytest.raises(ConfigError) as caught:
        load(str(path), environ, verify_only=False)

    assert [str(each) for each in caught.value.problems] == [problem]
    assert [str(each) for each in load(str(path), environ, verify_only=True).warnings] == [problem]
