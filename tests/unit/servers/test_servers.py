from __future__ import annotations

import base64
import json
import re
import ssl
import stat
import sys
import urllib.error
import urllib.request
import uuid

import pytest
from tests import images
from tests.servers import environment, process
from tests.servers.docker_registry import docker_registry
from tests.servers.skopeo import (
    SkopeoError,
    skopeo_copy,
    skopeo_digest,
    skopeo_raw,
    skopeo_tags,
    write_authfile,
)
from tests.servers.token_server import TokenServer, serving

GRAPH = images.multi_platform("servers")


@pytest.fixture
def name():
    return f"team/{uuid.uuid4().hex}"


def get(url, *, authorization="", tls=None):
    request = urllib.request.Request(url)
    if authorization:
        request.add_header("Authorization", authorization)
    with urllib.request.urlopen(request, timeout=10, context=tls) as response:
        return json.load(response)


def token(tokens, scope, authorization):
    url = f"{tokens.realm}?service={tokens.service}&scope={scope}"
    return get(url, authorization=authorization)["token"]


def test_what_is_pushed_to_the_plain_registry_is_there_for_skopeo(plain_registry, name):
    images.push_graph(plain_registry.url, name, GRAPH, "1.0", "latest")
    reference = f"{plain_registry.host}/{name}"
    assert skopeo_tags(reference) == ["1.0", "latest"]
    assert skopeo_raw(f"{reference}:1.0") == GRAPH.root.content
    assert skopeo_digest(f"{reference}@{GRAPH.digest}") == GRAPH.digest


@pytest.mark.parametrize(
    "graph",
    [
        images.image("s"),
        images.docker_image("s"),
        images.multi_platform("s", docker=True),
        images.nested_index("s"),
        images.artifact("s"),
        images.foreign_layer_image("s"),
        images.attested("s"),
        images.buildkit_cache("s"),
    ],
    ids=lambda graph: graph.digest.short,
)
def test_the_plain_registry_takes_a_graph_of_any_shape(plain_registry, name, graph):
    images.push_graph(plain_registry.url, name, graph, "1.0")
    assert skopeo_digest(f"{plain_registry.host}/{name}:1.0") == graph.digest


def test_the_file_of_a_blob_can_be_found(plain_registry, name):
    images.push_graph(plain_registry.url, name, GRAPH)
    blob = GRAPH.blobs[0]
    assert plain_registry.blob_file(blob.digest).read_bytes() == blob.content


def test_the_htpasswd_registry_wants_the_login(htpasswd_registry, login, name, tmp_path):
    authorization = images.basic(login.user, login.password)
    images.push_graph(htpasswd_registry.url, name, GRAPH, "1.0", authorization=authorization)
    reference = f"{htpasswd_registry.host}/{name}:1.0"
    with pytest.raises(SkopeoError, match="authentication required"):
        skopeo_digest(reference)
    authfile = write_authfile(tmp_path / "auth.json", {htpasswd_registry.host: login})
    assert skopeo_digest(reference, authfile=authfile) == GRAPH.digest


def test_the_tls_registry_is_trusted_by_its_authority_alone(tls_registry, login, name, tmp_path):
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        get(f"{tls_registry.url}/v2/", tls=ssl.create_default_context())
    authorization = images.basic(login.user, login.password)
    images.push_graph(
        tls_registry.url,
        name,
        GRAPH,
        "1.0",
        authorization=authorization,
        tls=tls_registry.tls,
    )
    authfile = write_authfile(tmp_path / "auth.json", {tls_registry.host: login})
    assert skopeo_digest(f"{tls_registry.host}/{name}:1.0", authfile=authfile) == GRAPH.digest


def test_the_token_registry_takes_what_its_token_server_signed(
    token_registry, token_server, login, name
):
    authorization = images.basic(login.user, login.password)
    scope = f"repository:{name}:pull,push"
    before = token_server.given[login.user, scope]
    signed = token(token_server, scope, authorization)
    images.push_graph(token_registry.url, name, GRAPH, "1.0", authorization=f"Bearer {signed}")
    assert token_server.given[login.user, scope] == before + 1
    tags = f"{token_registry.url}/v2/{name}/tags/list"
    anonymous = token(token_server, f"repository:{name}:pull", "")
    assert get(tags, authorization=f"Bearer {anonymous}")["tags"] == ["1.0"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(tags)


def test_skopeo_gets_its_token_by_itself(token_registry, plain_registry, login, name, tmp_path):
    images.push_graph(plain_registry.url, name, GRAPH, "1.0")
    authfile = write_authfile(tmp_path / "auth.json", {token_registry.host: login})
    destination = f"{token_registry.host}/{name}:1.0"
    skopeo_copy(f"{plain_registry.host}/{name}:1.0", destination, authfile=authfile)
    assert skopeo_digest(destination, authfile=authfile) == GRAPH.digest


def test_a_registry_takes_tokens_of_elliptic_curves_too(login, name, tmp_path):
    with (
        serving(TokenServer(login, algorithm="ES256")) as tokens,
        docker_registry(tmp_path, tokens=tokens) as registry,
    ):
        scope = f"repository:{name}:pull,push"
        signed = token(tokens, scope, images.basic(login.user, login.password))
        images.push_graph(registry.url, name, GRAPH, authorization=f"Bearer {signed}")


@pytest.mark.parametrize("shown", [images.basic("testuser", "wrong"), "Basic ?", "Basic /w=="])
def test_the_token_server_refuses_wrong_credentials(token_server, shown):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        token(token_server, "repository:a:pull", shown)


def test_strangers_get_no_token_to_push(token_server):
    signed = token(token_server, "repository:a:pull,push", "")
    claims = signed.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert decoded["access"] == [{"type": "repository", "name": "a", "actions": ["pull"]}]


def test_an_authfile_is_its_owner_s_alone(login, tmp_path):
    authfile = write_authfile(tmp_path / "auth.json", {"localhost:5000": login})
    assert stat.S_IMODE(authfile.stat().st_mode) == 0o600


def test_a_login_does_not_show_its_password(login):
    assert login.password not in repr(login)


def test_a_server_that_ends_before_it_is_ready_tells_what_it_said():
    command = [sys.executable, "-c", "print('no such configuration')"]
    with (
        pytest.raises(process.NotReadyError, match="no such configuration"),
        process.running(command, environment.clean(), re.compile("listening")),
    ):
        pytest.fail("it is not ready")


def test_variables_that_would_end_a_server_are_kept_from_it(monkeypatch):
    for name in ("REGISTRY_AUTH_FILE", "https_proxy", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, "somewhere")
    assert not {"REGISTRY_AUTH_FILE", "https_proxy", "DOCKER_CONFIG"} & set(environment.clean())
