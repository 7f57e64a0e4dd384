"""Whose certificates are trusted and what is shown in turn: files, directories, and over TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from tests.fakes.registry import FakeRegistry, Options

from reposync.config.model import Registry
from reposync.errors import CertificateError, TransportError
from reposync.http.transport import Request
from reposync.registry import trust_directories
from reposync.trust import CertificateFileError, ClientPair, Trust, tls_context
from reposync.wiring.trust import Transports

PASSWORD = b"s3cret"
NO_CERTIFICATE = "holds no certificate in PEM form"
NO_KEY = "holds no key in PEM form"


@dataclass(frozen=True, slots=True)
class Files:
    """A client's certificates and keys in one directory, and much that is neither."""

    directory: Path

    def __call__(self, name: str) -> str:
        return str(self.directory / name)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(tmp_path_factory, authority):
    here = tmp_path_factory.mktemp("pairs")
    for name in ("client", "other"):
        pair = authority.issue_cert(f"{name}@example.com")
        pair.cert_chain_pems[0].write_to_path(str(here / f"{name}.pem"))
        pair.private_key_pem.write_to_path(str(here / f"{name}-key.pem"))
        pair.private_key_and_cert_chain_pem.write_to_path(str(here / f"{name}-both.pem"))
    key = serialization.load_pem_private_key((here / "client-key.pem").read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD),
    )
    (here / "locked-key.pem").write_bytes(locked)
    (here / "junk").write_bytes(b"\0junk")
    (here / "empty").write_bytes(b"")
    authority.cert_pem.write_to_path(str(here / "authority.pem"))
    return Files(here)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("junk", NO_CERTIFICATE),
        ("empty", NO_CERTIFICATE),
        ("client-key.pem", NO_CERTIFICATE),
        ("absent", "is not there"),
        ("", "is a directory"),
    ],
)
def test_a_file_of_authorities_that_cannot_be_used_is_named(files, name, why):
    with pytest.raises(CertificateFileError, match=why) as caught:
        tls_context(Trust(authorities=(files(name),)))
    assert caught.value.path == files(name)
    assert files(name) in str(caught.value)


@pytest.mark.parametrize(
    ("certificate", "key", "path", "why"),
    [
        ("client.pem", "other-key.pem", "other-key.pem", "is not the key of the certificate in"),
        ("client.pem", "locked-key.pem", "locked-key.pem", "is encrypted with a password"),
        ("client.pem", "junk", "junk", NO_KEY),
        ("client.pem", "client.pem", "client.pem", NO_KEY),
        ("client.pem", "absent", "absent", "is not there"),
        ("client-key.pem", "client-key.pem", "client-key.pem", NO_CERTIFICATE),
        ("absent", "client-key.pem", "absent", "is not there"),
        ("empty", "client-key.pem", "empty", NO_CERTIFICATE),
    ],
)
def test_a_pair_that_does_not_fit_names_the_file_to_look_at(files, certificate, key, path, why):
    with pytest.raises(CertificateFileError, match=why) as caught:
        tls_context(Trust(verify=False, pairs=(ClientPair(files(certificate), files(key)),)))
    assert caught.value.path == files(path)
    assert caught.value.hint


def test_contexts_are_made_once_for_equal_settings_and_speak_tls_1_2_and_newer(files):
    trusts = [Trust(authorities=(files("authority.pem"),)) for _ in range(2)]
    contexts = {tls_context(trust) for trust in trusts}
    assert len(contexts) == 1
    for context in (*contexts, tls_context(Trust()), tls_context(Trust(verify=False))):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_certificates_are_checked_unless_told(files):
    assert tls_context(Trust()).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(Trust()).check_hostname
    assert tls_context(Trust(authorities=(files("authority.pem"),))).check_hostname
    assert tls_context(Trust(verify=False)).verify_mode is ssl.CERT_NONE


def kept(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).touch()
    return directory


def test_directories_hold_authorities_and_pairs_and_what_else_is_there_is_no_matter(tmp_path):
    here = kept(tmp_path / "r.example:5000", "b.crt", "a.crt", "x.cert", "x.key", "README")
    assert trust_directories.found("r.example:5000", [tmp_path]) == Trust(
        authorities=(str(here / "a.crt"), str(here / "b.crt")),
        pairs=(ClientPair(str(here / "x.cert"), str(here / "x.key")),),
    )


def test_the_first_directory_that_is_there_counts_and_no_other(tmp_path):
    mine, others = tmp_path / "mine", tmp_path / "others"
    kept(others / "r.example", "a.crt")
    assert trust_directories.found("r.example", [mine, others]).authorities
    kept(mine / "r.example")
    assert not trust_directories.found("r.example", [mine, others]).authorities


def test_a_port_can_stand_behind_an_underscore_and_counts(tmp_path):
    kept(tmp_path / "r.example_5000", "a.crt")
    assert trust_directories.found("r.example:5000", [tmp_path]).authorities
    assert not trust_directories.found("r.example", [tmp_path]).authorities
    assert not trust_directories.found("r.example:5001", [tmp_path]).authorities


@pytest.mark.parametrize(
    ("name", "why"), [("x.cert", "has no key beside it"), ("x.key", "has no certificate beside it")]
)
def test_half_a_pair_is_told(tmp_path, name, why):
    here = kept(tmp_path / "r.example", name)
    with pytest.raises(CertificateFileError, match=why) as caught:
        trust_directories.found("r.example", [tmp_path])
    assert caught.value.path == str(here / name)


def test_the_users_own_directory_comes_first():
    first, *rest = trust_directories.roots({"HOME": "/home/me"})
    assert first == Path("/home/me/.config/containers/certs.d")
    assert rest == [Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d")]
    assert trust_directories.roots({"XDG_CONFIG_HOME": "/x"})[0] == Path("/x/containers/certs.d")
    assert list(trust_directories.roots({})) == rest


async def status(registry: Registry, environ: dict[str, str], url: str) -> int:
    """Ask for *url* as *registry*, or raise what kept us from it."""
    along = Transports(environ).to(registry)
    try:
        async with along.send(Request("GET", f"{url}/v2/")) as response:
            return response.status
    finally:
        await along.close()


@pytest.fixture
async def tls(certificates):
    async with FakeRegistry(Options(tls=certificates.server_context())) as registry:
        yield registry


@pytest.fixture
async def mutual(certificates, files):
    """Open a registry that talks to nobody without a certificate."""
    context = certificates.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(files("authority.pem"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # so that a refusal comes with the handshake
    async with FakeRegistry(Options(tls=context)) as registry:
        yield registry


def named(registry: FakeRegistry, **keys: Any) -> Registry:
    return Registry(url=registry.host, **keys)


async def test_an_authority_that_the_file_names_is_trusted(tls, certificates, tmp_path):
    environ = {"HOME": str(tmp_path)}
    with pytest.raises(CertificateError):
        await status(named(tls), environ, tls.url)
    registry = named(tls, ca_file=str(certificates.authority))
    assert await status(registry, environ, tls.url) == 200


async def test_an_authority_in_a_directory_is_trusted_unless_the_file_names_one(
    tls, certificates, files, tmp_path
):
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    here = kept(tmp_path / "containers/certs.d" / tls.host)
    (here / "company.crt").write_bytes(certificates.authority.read_bytes())
    assert await status(named(tls), environ, tls.url) == 200
    with pytest.raises(CertificateError):
        await status(named(tls, ca_file=files("authority.pem")), environ, tls.url)


@pytest.mark.parametrize("pair", [("client.pem", "client-key.pem"), ("client-both.pem",) * 2])
@pytest.mark.parametrize("is_checked", [True, False])
async def test_a_client_shows_its_certificate(mutual, certificates, files, pair, is_checked):
    checks = {"ca_file": str(certificates.authority)} if is_checked else {"skip_tls_verify": True}
    with pytest.raises(TransportError):
        await status(named(mutual, **checks), {}, mutual.url)
    cert, key = map(files, pair)
    registry = named(mutual, client_cert_file=cert, client_key_file=key, **checks)
    assert await status(registry, {}, mutual.url) == 200


async def test_a_pair_in_a_directory_is_shown(mutual, files, tmp_path):
    here = kept(tmp_path / "containers/certs.d" / mutual.host.replace(":", "_"))
    for name, source in (("me.cert", "client.pem"), ("me.key", "client-key.pem")):
        (here / name).symlink_to(files(source))
    registry = named(mutual, skip_tls_verify=True)
    assert await status(registry, {"XDG_CONFIG_HOME": str(tmp_path)}, mutual.url) == 200


async def test_a_certificate_is_shown_to_its_own_registry_alone(mutual, files):
    registry = Registry(
        url=mutual.host.replace("127.0.0.1", "localhost"),
        skip_tls_verify=True,
        client_cert_file=files("client.pem"),
        client_key_file=files("client-key.pem"),
    )
    assert await status(registry, {}, mutual.url.replace("127.0.0.1", "localhost")) == 200
    with pytest.raises(TransportError):
        await status(registry, {}, mutual.url)
