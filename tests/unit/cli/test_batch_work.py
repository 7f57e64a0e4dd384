"""Tests for running as batch work."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from reposync.cli.batch_work import batch_work

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "linux":
    pytest.skip("only Linux has the policy", allow_module_level=True)


@pytest.fixture(autouse=True)
def _policy() -> Iterator[None]:
    """Begin as a process does of which nothing was said, and leave no trace."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    yield
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def test_a_run_displaces_nobody_and_what_follows_is_as_before() -> None:
    with batch_work():
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_what_failed_ends_it_too() -> None:
    with pytest.raises(ValueError, match="broken"), batch_work():
        raise ValueError("broken")
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_policy_that_somebody_chose_stays() -> None:
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with batch_work():
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    assert os.sched_getscheduler(0) == os.SCHED_BATCH


@pytest.mark.parametrize("refused", ["sched_getscheduler", "sched_setscheduler"])
def test_a_system_that_refuses_is_left_alone(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError("not here")

    with monkeypatch.context() as patch:
        patch.setattr(os, refused, refuse)
        with batch_work():
            pass
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
