"""When a failed operation is tried again, and when it is final."""

from __future__ import annotations

import pytest

from reposync.errors import (
    CorruptContentError,
    HostPausedError,
    NotFoundError,
    RateLimitedError,
    TransportError,
    UnavailableError,
)
from reposync.retry import LONGEST_WAIT_S, Retrier, RetryPolicy, Spent, Wait, next_wait

POLICY = RetryPolicy()


def silent(seconds=POLICY.stall_timeout_s):
    error = TransportError("silent")
    error.silence_s = seconds
    return error


def asking(seconds, kind=RateLimitedError):
    error = kind("busy")
    error.retry_after_s = seconds
    return error


@pytest.mark.parametrize(
    ("spent", "error", "expected"),
    [
        (Spent(), TransportError("x"), Wait(0.5, Spent(1))),
        (Spent(1), UnavailableError("x"), Wait(1.0, Spent(2))),
        (Spent(5), UnavailableError("x"), Wait(16.0, Spent(6))),
        (Spent(6), UnavailableError("x"), None),
        (Spent(), NotFoundError("x"), None),
        (Spent(), CorruptContentError("x"), Wait(0.5, Spent(1, 1))),
        (Spent(1, 1), CorruptContentError("x"), None),
        (Spent(), silent(), Wait(0.5, Spent(1, silence_s=60.0))),
        (Spent(1, silence_s=60.0), silent(), Wait(1.0, Spent(2, silence_s=120.0))),
        (Spent(2, silence_s=120.0), silent(), None),
        (Spent(), asking(20.0), Wait(20.5, Spent(1, asked_s=20.0))),
        (Spent(), asking(20.0, UnavailableError), Wait(20.5, Spent(1, asked_s=20.0))),
        (Spent(), asking(LONGEST_WAIT_S + 1), None),
        (Spent(1, asked_s=200.0), asking(200.0), None),
        (Spent(3), asking(7.0, HostPausedError), Wait(7.5, Spent(3))),
    ],
)
def test_what_follows_a_try_that_failed(spent, error, expected):
    assert next_wait(POLICY, spent, error, 1.0) == expected


def test_silence_and_waits_of_one_operation_end_within_four_minutes():
    spent, total_s = Spent(), 0.0
    while (wait := next_wait(POLICY, spent, silent(), 1.0)) is not None:
        total_s += POLICY.stall_timeout_s + wait.seconds
        spent = wait.spent
    assert total_s + POLICY.stall_timeout_s <= 240.0


@pytest.fixture
def waits():
    return []


@pytest.fixture
def retrier(waits):
    async def sleep(seconds):
        waits.append(seconds)

    return Retrier(POLICY, sleep=sleep, chance=lambda: 1.0)


async def test_an_operation_is_tried_again_until_it_succeeds(retrier, waits):
    results = iter([TransportError("1"), TransportError("2"), None])

    async def operation():
        if (error := next(results)) is not None:
            raise error
        return "done"

    assert await retrier.run(operation, "it") == "done"
    assert waits == [0.5, 1.0]


async def test_the_failure_of_the_last_try_is_final_for_all_above(retrier, waits):
    tried = 0

    async def operation():
        nonlocal tried
        tried += 1
        raise UnavailableError("busy")

    async def above():
        return await retrier.run(operation, "below")

    with pytest.raises(UnavailableError) as raised:
        await retrier.run(above, "above")
    assert (tried, len(waits)) == (POLICY.tries, POLICY.tries - 1)
    assert not raised.value.retryable
    assert raised.value.is_transient
