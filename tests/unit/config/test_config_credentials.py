from __future__ import annotations

import pytest

from reposync.config.credentials import credentials
from reposync.config.model import Registry
from reposync.credentials import Credentials

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
