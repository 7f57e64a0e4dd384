"""TLS that comes to nothing, with real servers: whose certificate is wrong, and what helps."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import replace
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests import images
from tests.integration.sites import Ran, sync
from tests.servers.docker_registry import docker_registry
from tests.servers.nginx import Nginx, nginx

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.report.failure_kind import FailureKind

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
LEAF = trustme.KeyType.ECDSA


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def copied(plain_registry, name):
    """Return a function that copies an image to a registry and says how that ended."""
    images.push_graph(plain_registry.url, name, images.image("tls"), "1")

    async def copy(there: Registry) -> Ran:
        stage = Stage(
            source=Source(source="here", repository=name),
            rules=(Rule(destination="there", repository=name, tags=("1",)),),
        )
        here = Registry(url=plain_registry.host, skip_tls_verify=True)
        return await sync(Config(registries={"here": here, "there": there}, stages=(stage,)))

    return copy


def write(certificates, directory, leaf, authority):
    """Write a server's files of another kind than *certificates*; gives them."""
    files = replace(
        certificates,
        authority=directory / "ca.pem",
        chain=directory / "cert.pem",
        key=directory / "key.pem",
    )
    authority.cert_pem.write_to_path(str(files.authority))
    leaf.private_key_pem.write_to_path(str(files.key))
    for number, pem in enumerate(leaf.cert_chain_pems):
        pem.write_to_path(str(files.chain), append=number > 0)
    return files


def write_self_signed(certificates, directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alone")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = replace(certificates, chain=directory / "cert.pem", key=directory / "key.pem")
    files = replace(files, authority=files.chain)
    files.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def only(ran: Ran):
    (failure,) = ran.summary.failures
    return failure


@pytest.mark.parametrize(
    ("names", "validity", "said", "advice"),
    [
        (
            ["127.0.0.1"],
            {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY},
            "has expired",
            "renewed",
        ),
        (["127.0.0.1"], {"not_before": NOW + DAY}, "is not valid yet", "clock"),
        (["other.example"], {}, "is for another name (ip address mismatch", "write a name in url"),
    ],
    ids=["expired", "early", "other name"],
)
async def test_a_certificate_that_is_wrong_in_itself_is_told_as_what_it_is(
    copied, certificates, authority, tmp_path, names, validity, said, advice
):
    leaf = authority.issue_cert(*names, key_type=LEAF, **validity)
    files = write(certificates, tmp_path, leaf, authority)
    with nginx(tmp_path / "nginx", "http://127.0.0.1:1", certificates=files) as server:
        failure = only(await copied(Registry(url=server.host, ca_file=str(files.authority))))
        assert f"the certificate of {server.host} {said}" in failure.sentence
        assert advice in failure.hint
        assert failure.kind is FailureKind.NOT_TRUSTED


async def test_a_certificate_of_nobody_s_is_trusted_once_the_file_names_it(
    copied, certificates, other_registry, tmp_path
):
    files = write_self_signed(certificates, tmp_path)
    with nginx(tmp_path / "nginx", other_registry.url, certificates=files) as server:
        failure = only(await copied(Registry(url=server.host)))
        assert f"the certificate of {server.host} is not trusted (self" in failure.sentence
        assert "name its authority in ca_file" in failure.hint
        again = await copied(Registry(url=server.host, ca_file=str(files.authority)))
        assert again.only().status is Status.COPIED


@pytest.fixture(params=["registry", "nginx", "nginx with TLS 1.2"])
def strict(request, certificates, authority, other_registry, tmp_path):
    """Run a server that wants a certificate of *authority*; gives it with one of these."""
    ours = write(certificates, tmp_path, authority.issue_cert("me", key_type=LEAF), authority)
    directory = mkdir(tmp_path / "server")
    if request.param == "registry":
        with docker_registry(
            directory, certificates=certificates, clients=ours.authority
        ) as registry:
            yield registry, ours
        return
    directives = f"ssl_verify_client on; ssl_client_certificate {ours.authority};"
    if "1.2" in request.param:
        directives += "ssl_protocols TLSv1.2;"
    with nginx(
        directory, other_registry.url, certificates=certificates, server=directives
    ) as running:
        yield running, ours


def showing(server, certificates, pair=None):
    keys: dict[str, Any] = {}
    if pair is not None:
        keys = {"client_cert_file": str(pair.chain), "client_key_file": str(pair.key)}
    return Registry(url=server.host, ca_file=str(certificates.authority), **keys)


async def test_a_server_that_wants_a_certificate_of_ours_says_so_and_is_asked_once(
    copied, certificates, strict
):
    server, _ = strict
    failure = only(await copied(showing(server, certificates)))
    told = f"{server.host} wants a client's certificate, and none that it accepts was shown"
    assert told in failure.sentence
    assert failure.hint == "name client_cert_file and client_key_file of this registry in the file"
    assert failure.kind is FailureKind.UNAUTHORIZED
    if isinstance(server, Nginx):
        assert [one.path for one in server.logged()] == ["/v2/"]


async def test_a_certificate_of_ours_is_shown_and_one_of_strangers_is_no_use(
    copied, certificates, strict, tmp_path
):
    server, ours = strict
    other = trustme.CA()
    theirs = write(certificates, mkdir(tmp_path / "x"), other.issue_cert("x"), other)
    failure = only(await copied(showing(server, certificates, theirs)))
    assert "wants a client's certificate, and none that it accepts was shown" in failure.sentence
    ran = await copied(showing(server, certificates, ours))
    assert ran.only().status is Status.COPIED


async def test_a_server_that_speaks_tls_alone_is_told_from_one_that_is_broken(
    copied, tls_registry, certificates, other_registry, tmp_path
):
    with nginx(tmp_path / "nginx", other_registry.url, certificates=certificates) as server:
        for host in (tls_registry.host, server.host):
            failure = only(await copied(Registry(url=f"http://{host}")))
            assert f"{host} requires TLS, and was asked over plain HTTP" in failure.sentence
            assert "write https://" in failure.hint


def mkdir(directory):
    directory.mkdir()
    return directory
