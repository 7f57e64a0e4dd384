"""``run-reposync verify``: what a user and a script get to see of it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess

import jsonschema_rs
import pytest
from tests import images
from tests.development import ROOT
from tests.e2e.command import COMMAND, run
from tests.e2e.pages import blocks
from tests.integration.sites import publish

SCHEMA = json.loads((ROOT / "docs/assets/verification.schema.json").read_text(encoding="utf-8"))
PAGE = "how-to/operate/verify.md"


@pytest.fixture
def file(plain_registry, tmp_path, request):
    """Publish two images, and name a file that copies them within the registry."""
    name = f"verify/{abs(hash(request.node.name))}"
    for tag in ("1.0", "2.0"):
        publish(plain_registry.url, name, [images.image(f"{name}:{tag}")], tag)
    path = tmp_path / "cfg.yml"
    path.write_text(written(plain_registry.host, name))
    return path


def written(host, name, credentials=""):
    return (
        f"registries:\n  r: {{url: 'http://{host}'{credentials}}}\n"
        f"  here: {{url: 'http://{host}'}}\n"
        f"stages:\n  - id: mirror\n    from: {{source: here, repository: {name}}}\n"
        f"    to: [{{destination: r, repository: {name}/copy}}]\n"
    )


def environ(tmp_path, **more):
    return {"XDG_STATE_HOME": str(tmp_path / "state"), **more}


def test_what_a_run_copied_is_identical_and_exit_code_0(file, tmp_path):
    assert run("-c", str(file)).returncode == 0
    for depth in ("tags", "manifests", "blobs", "bytes"):
        done = run("verify", "-c", str(file), "--depth", depth, **environ(tmp_path))
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f"0 differences, 2 of 2 images right (depth {depth})\n")
    assert not (tmp_path / "state").exists()


def test_a_difference_is_exit_code_3_and_a_row(file):
    done = run("verify", "-c", str(file))
    assert done.returncode == 3
    rows = re.findall(r"^    (\w+) +sha256:[0-9a-f]{12}  (\S+)$", done.stdout, re.MULTILINE)
    assert rows == [("missing_tag", "1.0"), ("missing_tag", "2.0")]
    assert "hint: a run copies what is missing" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_is_as_the_schema_says_and_the_same_each_time(file):
    done, again = (run("verify", "-c", str(file), "-o", "json") for _ in range(2))
    assert (done.returncode, done.stdout) == (3, again.stdout)
    document = json.loads(done.stdout)
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    assert list(document) == ["format", "differences", "unchecked"]
    assert document["format"] == "reposync-verify/1"
    assert [list(each) for each in document["differences"]] == [
        ["stage", "destination", "difference", "digest"]
    ] * 2
    assert [each["destination"][-3:] for each in document["differences"]] == ["1.0", "2.0"]
    assert document["unchecked"] == []


def test_a_part_of_the_file_is_verified(file):
    assert run("verify", "-c", str(file), "--only", "**:1*").stdout.count("missing_tag") == 1
    assert run("verify", "-c", str(file), "--stage", "mirror").returncode == 3
    wrong = run("verify", "-c", str(file), "--stage", "miror")
    assert wrong.returncode == 2
    assert "did you mean" in wrong.stderr
    nothing = run("verify", "-c", str(file), "--only", "none")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "nothing that the file asks for is none" in nothing.stderr


def test_a_wrong_password_is_unchecked_and_exit_code_1(htpasswd_registry, plain_registry, file):
    text = file.read_text().replace(
        f"r: {{url: 'http://{plain_registry.host}'}}",
        f"r: {{url: 'http://{htpasswd_registry.host}', env_user: U, env_password: P}}",
    )
    file.write_text(text)
    done = run("verify", "-c", str(file), "-o", "json", U="testuser", P="secret-and-wrong")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["differences"], len(document["unchecked"])) == ([], 2)
    assert "does not accept the user and password" in document["unchecked"][0]["reason"]
    assert "secret-and-wrong" not in done.stdout + done.stderr
    assert run("verify", "-c", str(file), U="testuser", P="testpassword").returncode == 3


def test_a_registry_that_is_down_is_unchecked_and_the_rest_is_checked(file, plain_registry):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    text = file.read_text().replace("/copy}]", "/copy}, {destination: down, repository: copy}]")
    text = text.replace(
        "registries:", f"registries:\n  down: {{url: 'http://127.0.0.1:{port}', retries: 0}}"
    )
    file.write_text(text)
    done = run("verify", "-c", str(file), "-o", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [each["destination"].partition("/")[0] for each in document["differences"]] == [
        plain_registry.host
    ] * 2
    assert {each["destination"].partition("/")[0] for each in document["unchecked"]} == {
        f"127.0.0.1:{port}"
    }
    table = run("verify", "-c", str(file)).stdout
    assert len(re.findall(r"^unchecked: .* and 1 more: ", table, re.MULTILINE)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--depth", "all"], "'all' is not one of"),
        (["--sample", "0%"], "above 0% and up to 100%"),
        (["--sample", "many"], "'many' is not a percentage"),
        (["-o", "xml"], "'xml' is not one of"),
    ],
)
def test_a_wrong_call_is_exit_code_2(file, arguments, words):
    done = run("verify", "-c", str(file), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_wrong_file_is_exit_code_2(tmp_path):
    file = tmp_path / "cfg.yml"
    file.write_text("stages: nonsense\n")
    done = run("verify", "-c", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:1:" in done.stderr
    assert run("verify").returncode == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_and_nothing_is_written(tmp_path, number, code):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        file = tmp_path / "cfg.yml"
        file.write_text(written(f"127.0.0.1:{silent.getsockname()[1]}", "app"))
        process = subprocess.Popen(
            [COMMAND, "verify", "-c", file, "-o", "json", "--sample", "50%"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environ(tmp_path)},
            text=True,
        )
        with silent.accept()[0]:
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err
    assert shares(tmp_path) == [0]


def shares(tmp_path):
    document = json.loads((tmp_path / "state/reposync/verify-shares.json").read_text())
    return list(document["next"].values())


def test_after_all_shares_every_image_was_checked(file, tmp_path):
    found = []
    for index in range(4):
        call = ("verify", "-c", str(file), "--sample", "30%", "-o", "json")
        done = run(*call, **environ(tmp_path))
        found += [each["destination"][-3:] for each in json.loads(done.stdout)["differences"]]
        assert shares(tmp_path) == [(index + 1) % 4]
    assert sorted(found) == ["1.0", "2.0"]
    assert "share 0 of 4" in run(*call[:-2], **environ(tmp_path)).stdout


@pytest.mark.parametrize("ledger", ["", "/proc/none/ledger.sqlite3"])
def test_where_nothing_can_be_remembered_that_is_said_and_share_0_is_taken(file, ledger):
    for _ in range(2):
        done = run("verify", "-c", str(file), "--sample", "50%", REPOSYNC_LEDGER=ledger)
        assert done.returncode in {0, 3}
        assert "share 0 of 2" in done.stdout
        assert "share 0 of 2 is verified, and at the next call again" in done.stderr
        assert "REPOSYNC_LEDGER" in done.stderr


def test_a_ledger_is_neither_read_nor_written(file, tmp_path):
    ledger = tmp_path / "ledger.sqlite3"
    ledger.write_bytes(b"no ledger at all")
    ledger.chmod(0o400)
    assert run("verify", "-c", str(file), REPOSYNC_LEDGER=str(ledger)).returncode == 3
    assert ledger.read_bytes() == b"no ledger at all"
    assert {*tmp_path.iterdir()} == {file, ledger}


def test_what_stays_as_it_is_is_named_when_more_is_asked_for(file):
    assert run("-c", str(file)).returncode == 0
    text = file.read_text()
    name = text.partition("source: here, repository: ")[2].partition("}")[0]
    other = images.image(f"{name}:1.0").digest
    file.write_text(text.replace("/copy}", f"/copy, tags: ['2.0@{other}'], overwrite: never}}"))
    done = run("verify", "-c", str(file), "-v")
    assert done.returncode == 0
    assert "0 differences, 0 of 1 image right, 1 kept" in done.stdout
    assert "no difference: the tag names another image there, and is never" in done.stderr


def test_the_help_fits_a_screen():
    lines = run("verify", "--help", COLUMNS="80").stdout.splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


def test_what_the_page_shows_of_json_is_as_the_schema_says():
    (block,) = (each for each in blocks("json") if each.page == PAGE)
    document = json.loads(block.text)
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    assert len(document["differences"][0]["digest"]) == len("sha256:") + 64
