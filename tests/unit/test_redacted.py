"""Values that do not show all that they hold."""

import pytest
from rich.pretty import pretty_repr

from reposync.credentials import Credentials
from reposync.redacted import Redacted
from reposync.registry.auth.tokens import Scope, Token
from reposync.registry.call import Call

SECRET = "hunter2"
VALUES = (
    Credentials("me", SECRET, "the file", identity_token=SECRET, registry_token=SECRET),
    Token(SECRET, 5.0),
    Call("PUT", f"/v2/app?sig={SECRET}", Scope("app", "pull"), headers={"X-Key": SECRET}),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("show", [repr, str, pretty_repr, lambda value: f"{[value]}"])
def test_what_is_veiled_stays_out_of_every_text(value, show):
    assert SECRET not in show(value)


def test_all_else_is_shown():
    assert repr(VALUES[0]) == "Credentials(origin='the file')"


def test_what_is_veiled_still_counts_when_two_are_compared():
    assert Token("one", 5.0) != Token("other", 5.0)
    assert len({Token("one", 5.0), Token("one", 5.0), Token("other", 5.0)}) == 2


def test_every_field_that_is_veiled_is_there():
    kinds = Redacted.__subclasses__()

    assert kinds
    assert [kind for kind in kinds if not kind.redacted <= {*kind.__struct_fields__}] == []
