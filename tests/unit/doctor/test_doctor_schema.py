"""The published JSON Schema takes what is written, of every kind of registry."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from dev.doctor_schema import doctor_schema
from tests import images
from tests.fakes.registry import Account, FakeRegistry, Options, TokenAuth, TokenIssuer
from tests.unit.doctor.examined import reported

from reposync.doctor.fields import Report


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(deletes="none", referrers_api=False, body_limit=1024 * 1024),
        Options(auth=TokenAuth(TokenIssuer([Account("a", "b")]))),
    ],
)
async def test_the_schema_takes_what_is_written(options):
    async with FakeRegistry(options) as registry:
        images.fill(registry.repository("team/app"), images.image("1"), "1.0", "2.0")
        validator = jsonschema_rs.validator_for(doctor_schema(), validate_formats=True)
        for write in (None, "team/scratch"):
            document = await reported(registry.host, write=write)
            assert [str(error) for error in validator.iter_errors(document)] == []
            assert set(document) == set(Report.__struct_fields__)
        assert list(validator.iter_errors(json.loads("{}")))
