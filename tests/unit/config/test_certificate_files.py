"""Files of certificates that the file names: what is wrong with them is told with its place."""

# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

import pytest
from tests.unit.config.files import STAGES, with_keys

LAYOUT = (
    f"registries:\n  b: {{url: b.example}}\n  a:\n    url: oci:x\n    ca_file: ca.pem\n{STAGES}"
)


@pytest.fixture
def pems(tmp_path, certificates):
    for name in ("authority", "chain", "key"):
        (tmp_path / f"{name}.pem").write_bytes(getattr(certificates, name).read_bytes())
    (tmp_path / "junk.pem").write_text("junk")


@pytest.mark.usefixtures("pems")
def test_files_that_fit_are_taken(load_text):
    lines = "    ca_file: authority.pem\n    client_cert_file: chain.pem\n    client_key_file: key.pem\n"
    assert load_text(with_keys(lines)).config.registries["a"].ca_file == "authority.pem"


@pytest.mark.usefixtures("pems")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "    ca_file: nowhere.pem\n",
            "f.yml:5:14: registries.a.ca_file: `nowhere.pem` is not there; check the path",
        ),
        (
            "    ca_file: junk.pem\n",
            "f.yml:5:14: registries.a.ca_file: `junk.pem` holds no certificate in PEM form; name a file with a BEGIN CERTIFICATE in it; `openssl x509 -inform der` makes one of a file in DER form",
        ),
        (
            "    client_cert_file: authority.pem\n    client_key_file: key.pem\n",
            "f.yml:6:22: registries.a.client_key_file: `key.pem` is not the key of the certificate in authority.pem; name the two that belong together",
        ),
        (
            "    client_cert_file: junk.pem\n    client_key_file: key.pem\n",
            "f.yml:5:23: registries.a.client_cert_file: `junk.pem` holds no certificate in PEM form; name a file with a BEGIN CERTIFICATE in it; `openssl x509 -inform der` makes one of a file in DER form",
        ),
        (
            "    client_cert_file: chain.pem\n",
            "f.yml:4:5: registries.a.client_key_file: this key is missing beside `client_cert_file`; write both or neither",
        ),
        (
            "    client_key_file: key.pem\n",
            "f.yml:4:5: registries.a.client_cert_file: this key is missing beside `client_key_file`; write both or neither",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_told_with_its_place(problems, lines, said):
    assert problems(with_keys(lines)) == [said]


def test_a_file_that_is_not_there_is_a_warning_where_files_are_only_checked(load_text):
    loaded = load_text(with_keys("    ca_file: nowhere.pem\n"), verify_only=True)
    assert [problem.message for problem in loaded.warnings] == ["`nowhere.pem` is not there"]


def test_a_layout_has_no_use_for_certificates(problems):
    assert problems(LAYOUT) == [
        "f.yml:5:5: registries.a.ca_file: an image layout has no use for this key; remove it"
    ]
