"""The published JSON Schema takes every plan that is written, and no other document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
from dev.plan_schema import plan_schema
from hypothesis import given
from tests.unit.plan.test_plan_codec import plans

from reposync.plan.codec import encode

if TYPE_CHECKING:
    from reposync.plan.document import Plan

VALIDATOR = jsonschema_rs.validator_for(plan_schema(), validate_formats=True)


@given(plans)
def test_the_schema_takes_what_is_written(plan: Plan):
    document = json.loads(encode(plan))
    assert [str(error) for error in VALIDATOR.iter_errors(document)] == []
    assert set(document) == set(plan_schema()["properties"])


def test_the_schema_takes_nothing_else():
    for document in ({}, {"format": "reposync-plan/2"}):
        assert list(VALIDATOR.iter_errors(document))
