"""The whole command against a registry that wants to steer the terminal of whoever looks."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests import images
from tests.e2e.command import run
from tests.fakes.registry import Answer, FakeRegistry, Fault

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x08\r"
BODY = json.dumps({"errors": [{"code": f"X{ESCAPES}", "message": f"no {ESCAPES} entry"}]}).encode()
TAGS = json.dumps({"tags": [f"1{ESCAPES}", "--help", "../../x", "1"]}).encode()
NAMES = json.dumps({"repositories": [f"a{ESCAPES}", "a/../../b", "a"]}).encode()
MEDIA_TYPE = f"application/x{ESCAPES}"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "layers": []}).encode()
C1 = "\x9b31m"  # what a header can bear: no ESC, but its one-character kin

FAULTS = {
    "body": Fault("", "/manifests/", Answer(400, {}, BODY), times=None),
    "text": Fault("", "/manifests/", Answer(400, {}, f"no {ESCAPES}".encode()), times=None),
    "tags": Fault("GET", "/tags/list", Answer(200, {}, TAGS)),
    "names": Fault("GET", "/_catalog", Answer(200, {}, NAMES)),
    "manifest": Fault("GET", "/manifests/", Answer(200, {"Content-Type": "x"}, MANIFEST), None),
    "location": Fault("", "/manifests/", Answer(307, {"Location": f"http://x{C1}/"}), times=None),
    "digest": Fault("HEAD", "/manifests/", Answer(200, {"Docker-Content-Digest": C1}), None),
    "realm": Fault(
        "", "", Answer(401, {"WWW-Authenticate": f'Bearer realm="http://x{C1}/"'}), times=None
    ),
    "next page": Fault(
        "GET", "/tags/list", Answer(200, {"Link": f"<http://x{C1}/>; rel=next"}, TAGS), times=None
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_nothing_that_a_registry_says_steers_a_terminal(fake_registry, tmp_path, name):
    images.fill(fake_registry.repository("a"), images.image("x"), "1")
    fake_registry.fail(FAULTS[name])
    async with FakeRegistry() as there:
        keys = {"skip-tls-verify": True}
        document = {
            "registries": {
                "here": {"url": fake_registry.host, **keys},
                "there": {"url": there.host, **keys},
            },
            "stages": [
                {
                    "from": {"source": "here", "repository": "*" if name == "names" else "a"},
                    "to": [{"destination": "there", "repository": "{repository}"}],
                }
            ],
        }
        file = tmp_path / "sync.json"
        file.write_text(json.dumps(document))
        report = tmp_path / "report.md"
        arguments = ("-c", str(file), "--log-level", "debug", "--report", str(report))
        done = await asyncio.to_thread(run, *arguments, HOME=str(tmp_path))
        written = done.stdout + done.stderr + report.read_text()
        assert [sign for sign in written if not sign.isprintable() and sign != "\n"] == []
        assert "this is a bug" not in written
        assert all(request.path.count("..") == 0 for request in there.requests())
        assert there.repository("a").tags.keys() <= {"1"}
