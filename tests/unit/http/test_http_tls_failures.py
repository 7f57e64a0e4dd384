"""What is said of TLS that failed, by the words that OpenSSL has for it."""

from __future__ import annotations

import ssl

import pytest

from reposync.errors import ClientCertificateError, NoTLSError
from reposync.http import failures, tls_failures


def failed(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL] it failed")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    "reason",
    [
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
    ],
)
def test_an_alert_about_our_certificate_is_told_in_and_behind_a_handshake(reason):
    for error in (
        tls_failures.without_tls(failed(reason), "r.example"),
        failures.translated(failed(reason), "r.example"),
    ):
        assert isinstance(error, ClientCertificateError)
        assert not error.retryable
        assert "client_cert_file" in (error.hint or "")


def test_a_handshake_that_failed_for_no_reason_may_be_about_our_certificate():
    error = tls_failures.without_tls(failed("SSLV3_ALERT_HANDSHAKE_FAILURE"), "r.example")
    assert str(error) == "no TLS connection to r.example (sslv3 alert handshake failure)"
    assert "may want a client's certificate" in (error.hint or "")


@pytest.mark.parametrize("reason", ["TLSV1_ALERT_INTERNAL_ERROR", "NO_SHARED_CIPHER", ""])
def test_what_has_nothing_to_do_with_certificates_does_not_speak_of_them(reason):
    for error in (
        tls_failures.without_tls(failed(reason), "r.example"),
        failures.translated(failed(reason), "r.example"),
    ):
        assert "certificate" not in f"{error} {error.hint}"
        assert not isinstance(error, NoTLSError)
