"""Variables are not expanded: where one is written for a value, the error says so."""

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

from reposync.config.variables import NOT_EXPANDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.config.load import Loaded


@pytest.mark.parametrize(
    "text",
    [
        with_url("$HOST"),
        with_url("'${HOST}:5000'"),
        with_url("https://$HOST/team"),
        with_url("'${HOST:-a.example}'"),
        with_url("oci:$HOME/bundle"),
        with_url("'oci:${HOME}/bundle'"),
        with_repository("team/$APP"),
        with_tags("[$TAG]"),
        with_tags("['v${TAG}']"),
        with_tags("['semver: $RANGE']"),
        with_tags("[semver: $RANGE]"),
        with_tags("['v1@$DIGEST']"),
        with_tags("$TAGS"),
        with_stages("platforms: [linux/$ARCH]"),
        with_stages("overwrite: $OVERWRITE"),
        with_keys("    hub_reserve: ${RESERVE}\n"),
        with_keys("    skip-tls-verify: $SKIP\n"),
        with_keys("    ca_file: $HOME/ca.pem\n"),
        REGISTRIES + STAGES.replace("source: a", "source: $SOURCE"),
    ],
)
def test_a_variable_in_the_place_of_a_value_is_said_not_to_be_expanded(
    problems: Callable[[str], list[str]], text: str
) -> None:
    (problem,) = problems(text)
    assert problem.endswith(f"; {NOT_EXPANDED}")


@pytest.mark.parametrize("text", [with_tags("[${TAG}]"), with_tags("${TAGS}")])
def test_one_whose_braces_break_a_list_or_map_is_said_not_to_be_expanded_too(
    problems: Callable[[str], list[str]], text: str
) -> None:
    (problem,) = problems(text)
    assert problem.endswith(f"; {NOT_EXPANDED}")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (with_keys("    env_user: ${NAME}\n    env_password: A_PASSWORD\n"), "write `NAME`"),
        (with_url("https://me:pa$sword@a.example"), "name environment variables in `env_user`"),
        (with_tags("['regex: v($X']"), "close it"),
        (with_tags("['a$']"), "for a regular expression"),
    ],
)
def test_a_dollar_sign_that_means_something_else_keeps_its_own_advice(
    problems: Callable[[str], list[str]], text: str, hint: str
) -> None:
    (problem,) = problems(text)
    assert hint in problem
    assert NOT_EXPANDED not in problem
    assert "$sword" not in problem


def test_an_expression_may_end_before_anything_that_looks_like_a_variable(
    load_text: Callable[..., Loaded],
) -> None:
    assert load_text(with_tags("['regex: v1$|$v2']")).config.stages
