from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from bench import certificates, measuring, results, workspace
from bench.floor.relay import relay
from bench.measuring import Command
from bench.processes import helper
from tests.servers import packages

ROOT = Path(__file__).resolve().parents[3]
RTT_MS = 20


@pytest.fixture
def command(tmp_path):
    packages.require("docker-registry")
    packages.require("skopeo")
    (tmp_path / "memory").mkdir()
    return [
        *(sys.executable, "-m", "bench", "--scale", "0.01", "--rounds", "1"),
        *("--folder", str(tmp_path / "memory"), "--output", str(tmp_path / "results.json")),
    ]


def test_a_small_session_measures_every_tool_and_leaves_nothing_behind(command, tmp_path):
    line = [*command, "--workload", "noop,fanout", "--tools", "reposync,skopeo"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("failed")) == (0, 0), done.stderr
    noop, fanout = results.load(tmp_path / "results.json").cases
    assert [each.tool for each in noop.tools] == ["reposync", "skopeo"]
    ours, theirs = (each.rounds[0].served_bytes for each in fanout.tools)
    assert 2.5 < theirs / ours < 3.5
    for each in (*noop.tools, *fanout.tools):
        assert all(taken.wall_s > 0 and taken.peak_bytes > 0 for taken in each.rounds)
    assert [*(tmp_path / "memory").iterdir()] == []


def test_a_session_that_is_stopped_leaves_nothing_behind(command, tmp_path):
    line = [*command, "--workload", "tiny", "--tools", "reposync", "--rounds", "1000"]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for said in process.stderr:
            if "warm-up" in said:
                break
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait() == 130
    assert "interrupted" in said
    assert [*(tmp_path / "memory").iterdir()] == []


@pytest.mark.parametrize("tls", [False, True])
def test_the_floor_of_large_blobs_is_measured(tls, tmp_path):
    _require_compiler()
    blobs = [tmp_path / "one", tmp_path / "other"]
    for blob in blobs:
        blob.write_bytes(bytes(1_000_000))
    signed = certificates.make(tmp_path / "tls") if tls else None
    with relay(blobs, tmp_path / "floor", 10, signed) as once:
        taken = once()
    assert (taken.requests, taken.served_bytes) == (0, 2_000_000)
    assert taken.wall_s > 0


@pytest.mark.parametrize("transport", [[], ["--tls"]])
def test_the_floor_of_the_others_makes_the_copies_that_tools_make(transport, command, tmp_path):
    _require_compiler()
    line = [*command, "--workload", "noop,tiny,fanout", "--tools", "floor", *transport]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("failed")) == (0, 0), done.stderr
    cases = results.load(tmp_path / "results.json").cases
    assert [[each.tool for each in case.tools] for case in cases] == [["floor"]] * 3
    assert all(case.tools[0].rounds[0].requests for case in cases)


def test_without_a_compiler_the_tools_are_measured_all_the_same(command, tmp_path):
    (tmp_path / "path").mkdir()
    for program in ("docker-registry", "setpriv", "ip", "cp"):
        if found := shutil.which(program):
            (tmp_path / "path" / program).symlink_to(found)
    line = [*command, "--workload", "noop", "--tools", "reposync,floor"]
    environ = {**os.environ, "PATH": str(tmp_path / "path")}
    done = subprocess.run(line, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the floor needs a C compiler" in done.stderr
    (case,) = results.load(tmp_path / "results.json").cases
    assert [each.tool for each in case.tools] == ["reposync"]


def _require_compiler() -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path):
    command = Command(("sh", "-c", "echo begun; sleep 60 & wait"), {"PATH": os.defpath})
    usage = measuring.run(command, tmp_path, limit_s=0.2)
    assert usage.is_over
    assert usage.last_words == "begun"


def test_what_the_children_of_a_command_take_is_counted(tmp_path):
    spin = "import time\nwhile time.process_time() < 0.2: pass"
    script = f'"{sys.executable}" -I -S -c "{spin}"; true'
    usage = measuring.run(Command(("sh", "-c", script), {"PATH": os.defpath}), tmp_path, 30)
    assert usage.status == 0
    assert usage.cpu_s >= 0.2


def test_a_delaying_proxy_changes_nothing_but_the_time():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo():
            connection, _ = server.accept()
            with connection:
                while content := connection.recv(65536):
                    connection.sendall(content)

        threading.Thread(target=echo, daemon=True).start()
        with helper("bench.proxy", str(RTT_MS), str(server.getsockname()[1])) as words:
            start = time.monotonic()
            with socket.create_connection(("127.0.0.1", int(words[0])), timeout=10) as client:
                client.sendall(b"content")
                client.shutdown(socket.SHUT_WR)
                came = b"".join(iter(lambda: client.recv(65536), b""))
            assert came == b"content"
            assert time.monotonic() - start >= 2 * RTT_MS / 1000


def test_what_a_killed_session_left_is_removed_by_the_next(tmp_path):
    nobody = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    left = tmp_path / f"reposync-bench-{nobody}-x"
    left.mkdir()
    with workspace.workspace(tmp_path) as folder:
        assert [*tmp_path.iterdir()] == [folder]
