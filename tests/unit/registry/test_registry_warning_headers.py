"""What registries warn of, told to people once."""

from __future__ import annotations

import pytest
from tests.fakes.registry import FakeRegistry, Fault
from tests.fakes.registry.faults import AlterHeaders
from tests.unit.registry.clients import opened, repository

from reposync.registry.warning_headers import WarningHeaders, warning


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('299 - "this repository moves on Monday"', "this repository moves on Monday"),
        (r'299 - "he said \"soon\""', 'he said "soon"'),
        ('299 - "\x1b[2Jred"', "[2Jred"),
        ('299 - "see https://a.example/x?token=s3cret"', "see https://a.example/x?***"),
        ('110 - "response is stale"', ""),
        ('299 proxy "not of the registry"', ""),
        ("299 - unquoted", ""),
        ("", ""),
    ],
)
def test_a_warning_is_read_as_the_specification_has_it_and_distrusted(value, text):
    assert warning(value) == text


async def test_what_a_registry_warns_of_is_told_once(caplog):
    header = {"Warning": '299 - "your plan ends soon"'}
    fault = Fault("", "/manifests/", AlterHeaders(header), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        there = repository(client)
        for _ in range(3):
            await there.resolve("1")
    told = [one.getMessage() for one in caplog.records if "warns" in one.getMessage()]
    assert told == [f"{registry.host} warns: your plan ends soon"]


def test_no_more_than_a_few_are_told(caplog):
    warning_headers = WarningHeaders("host")
    warning_headers.observe(f'299 - "{number}"' for number in range(100))
    assert len(caplog.records) == 20
