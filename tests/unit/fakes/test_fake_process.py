from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry, Options
from tests.servers import environment
from tests.servers.docker_registry import Login
from tests.servers.process import running
from tests.servers.skopeo import skopeo_copy, skopeo_digest, skopeo_tags, write_authfile

SERVE = (sys.executable, "-m", "tests.fakes.registry")
LISTENING = re.compile(r"^(?P<url>https?://(?P<host>127\.0\.0\.1:\d+))$")
GRAPH = images.multi_platform("process")


def test_skopeo_copies_between_fake_registries_as_between_real_ones():
    with (
        running(SERVE, environment.clean(), LISTENING) as source,
        running(SERVE, environment.clean(), LISTENING) as destination,
    ):
        images.push_graph(source.match["url"], "team/app", GRAPH, "1.0")
        copy = f"{destination.match['host']}/other/app"
        skopeo_copy(f"{source.match['host']}/team/app:1.0", f"{copy}:2.0")
        assert skopeo_tags(copy) == ["2.0"]
        assert skopeo_digest(f"{copy}:2.0") == GRAPH.digest


def test_it_serves_tls_to_those_who_have_the_password(certificates, tmp_path):
    command = (
        *(*SERVE, "--user", "testuser", "--password-env", "SECRET"),
        *("--tls-cert", str(certificates.chain), "--tls-key", str(certificates.key)),
    )
    with running(command, environment.clean() | {"SECRET": "testpassword"}, LISTENING) as server:
        url, host = server.match["url"], server.match["host"]
        tls = certificates.client_context()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}/v2/", timeout=10, context=tls)
        authorization = images.basic("testuser", "testpassword")
        images.push_graph(url, "team/app", GRAPH, "1.0", authorization=authorization, tls=tls)
        login = Login("testuser", "testpassword")
        authfile = write_authfile(tmp_path / "auth.json", {host: login})
        assert skopeo_digest(f"{host}/team/app:1.0", authfile=authfile) == GRAPH.digest


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--user", "testuser"), "needs a password in the variable FAKE_REGISTRY_PASSWORD"),
        (("--tls-cert", "chain.pem"), "need each other"),
    ],
)
def test_half_a_pair_of_options_is_refused(arguments, complaint):
    done = subprocess.run(
        [*SERVE, *arguments], env=environment.clean(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert complaint in done.stderr


async def test_a_fake_registry_in_a_test_speaks_tls_too(certificates, http):
    async with FakeRegistry(Options(tls=certificates.server_context())) as registry:
        assert registry.url == f"https://{registry.host}"
        url = f"{registry.url}/v2/"
        async with http.get(url, ssl=certificates.client_context()) as response:
            assert response.status == 200
