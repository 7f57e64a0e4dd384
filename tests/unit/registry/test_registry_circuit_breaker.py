"""When a host that answered before is given up."""

from __future__ import annotations

import asyncio

import pytest
from tests.fakes.registry import CutAnswer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import CertificateError, TransportError, UnreachableError
from reposync.http.http_transport import HttpTransport
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.throttle.circuit_breaker import GIVEN_UP_AFTER_S, CircuitBreaker
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

SILENT = TransportError("host closed the connection without an answer")


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("host", lambda: clock[0])


def fail(breaker, clock, times, every_s):
    for _ in range(times):
        breaker.failed(SILENT)
        clock[0] += every_s


def test_a_host_that_is_silent_for_long_is_given_up_for_good(breaker, clock):
    fail(breaker, clock, 10, GIVEN_UP_AFTER_S / 5)
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"host has not answered for \d+ s"):
            breaker.check()


def test_one_that_is_silent_for_a_moment_is_not_however_many_requests_it_costs(breaker, clock):
    fail(breaker, clock, 10_000, GIVEN_UP_AFTER_S / 20_000)
    breaker.check()


def test_any_answer_makes_up_for_all_silence(breaker, clock):
    for _ in range(10):
        fail(breaker, clock, 4, GIVEN_UP_AFTER_S)
        breaker.answered()
    breaker.check()


def test_what_trying_again_does_not_help_does_not_count(breaker, clock):
    for _ in range(10):
        breaker.failed(CertificateError("not trusted"))
        clock[0] += GIVEN_UP_AFTER_S
    breaker.check()


def contact_failed(breaker):
    breaker.no_contact(("https",), UnreachableError("host does not answer"))


def test_a_host_that_never_answered_is_given_up_for_all_who_may_use_the_same_schemes(breaker):
    contact_failed(breaker)
    with pytest.raises(UnreachableError, match="does not answer"):
        breaker.check_contact(("https",))
    breaker.check_contact(("http",))
    breaker.check_contact(("https", "http"))


def test_one_that_has_answered_others_may_be_contacted_again(breaker):
    breaker.answered()
    contact_failed(breaker)
    breaker.check_contact(("https",))


async def test_a_host_that_one_client_gives_up_is_given_up_for_another():
    async with FakeRegistry() as registry:
        state = HostState(registry.host)
        async with opened(registry, state=state) as client, opened(registry, state=state) as other:
            assert await repository(other).resolve("1") is None
            state.breaker._now_s = iter(range(0, 10_000, 10)).__next__
            registry.fail(Fault("", "/manifests/", CutAnswer(), times=None))
            for _ in range(2):
                with pytest.raises(TransportError):
                    await repository(client).resolve("1")
            asked = len(registry.requests())
            with pytest.raises(UnreachableError, match="is given up"):
                await repository(other).resolve("1")
            assert len(registry.requests()) == asked


async def test_a_certificate_that_one_client_does_not_trust_is_no_matter_of_another(certificates):
    async with FakeRegistry(Options(tls=certificates.server_context())) as registry:
        state = HostState(registry.host)
        distrusting = HttpTransport(tls=tls_context(Trust()))
        client = RegistryClient(state, transport=distrusting, retrier=Retrier(RetryPolicy(tries=1)))
        with pytest.raises(CertificateError):
            await repository(client).resolve("1")
        await distrusting.close()
        async with opened(registry, state=state) as other:
            assert await repository(other).resolve("1") is None


async def test_what_needs_a_host_that_was_given_up_is_told_without_a_request():
    async with FakeRegistry() as registry, opened(registry) as client:
        client._breaker._now_s = iter(range(0, 10_000, 10)).__next__
        app = repository(client)
        await app.resolve("1")
        registry.fail(Fault("", "/manifests/", CutAnswer(), times=None))
        for _ in range(5):
            with pytest.raises(TransportError):
                await app.resolve("1")
        asked = len(registry.requests())
        with pytest.raises(UnreachableError, match="is given up"):
            await app.resolve("2")
        assert len(registry.requests()) == asked


async def test_all_that_needs_a_host_that_never_answered_fails_with_an_error_of_its_own():
    async with FakeRegistry() as registry, opened(registry) as client:
        registry.fail(Fault("", "/v2/", CutAnswer(), times=None))
        tries = [repository(client).resolve(str(number)) for number in range(5)]
        errors = await asyncio.gather(*tries, return_exceptions=True)
        with pytest.raises(UnreachableError) as late:
            await repository(client).resolve("late")
        errors.append(late.value)
        assert len({str(each) for each in errors}) == 1
        assert len({id(each) for each in errors}) == len(errors)
