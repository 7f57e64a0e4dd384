from __future__ import annotations

import json
import shlex

import pytest
from bench.registry import Endpoint
from bench.tools import crane, dregsy, image_syncer, regctl, regsync, reposync, skopeo
from bench.tools.every import TOOLS
from bench.tools.tool import Job

from reposync.config.load import load

REPOSITORIES = {"bench/repo-000": ("v0", "v1"), "bench/repo-001": ("v0",)}
SOURCE = Endpoint("127.0.0.1:5000", tls=False)
DESTINATIONS = (Endpoint("127.0.0.1:5001", tls=False), Endpoint("127.0.0.1:5002", tls=False))


@pytest.fixture
def job():
    return Job(REPOSITORIES, SOURCE, DESTINATIONS, None)


@pytest.fixture
def tls_job(tmp_path):
    authority = tmp_path / "authority.crt"
    authority.write_text("PEM")
    source, destination = (Endpoint(f"10.202.0.2:{port}", tls=True) for port in (5000, 5001))
    return Job({"bench/repo-000": ("v0",)}, source, (destination,), authority)


def test_reposync_gets_a_stage_for_each_repository_with_all_destinations(job, tmp_path):
    program, option, path = reposync.command_line("run-reposync", job, tmp_path)
    assert (program, option) == ("run-reposync", "-c")
    config = load(path, {}, verify_only=False).config
    assert [stage.source.repository for stage in config.stages] == [*REPOSITORIES]
    assert [len(stage.rules) for stage in config.stages] == [2, 2]


def test_skopeo_syncs_all_tags_once_for_each_destination(job, tmp_path):
    *shell, script = skopeo.command_line("skopeo", job, tmp_path)
    assert shell == ["sh", "-e", "-c"]
    calls = [shlex.split(line) for line in script.splitlines()]
    assert [call[-1] for call in calls] == ["127.0.0.1:5001/bench", "127.0.0.1:5002/bench"]
    assert all("sync" in call and "--all" in call for call in calls)
    assert skopeo.document(job) == {
        "127.0.0.1:5000": {
            "tls-verify": False,
            "images": {"bench/repo-000": [], "bench/repo-001": []},
        }
    }


def test_skopeo_copies_where_one_image_is_all_there_is(tls_job, tmp_path):
    call = skopeo.command_line("skopeo", tls_job, tmp_path)
    assert "copy" in call
    assert "--src-tls-verify=true" in call
    assert "--dest-tls-verify=true" in call
    assert call[-2:] == (
        "docker://10.202.0.2:5000/bench/repo-000:v0",
        "docker://10.202.0.2:5001/bench/repo-000:v0",
    )


def test_crane_copies_all_tags_of_each_repository_to_each_destination(job, tmp_path):
    script = crane.command_line("crane", job, tmp_path)[-1]
    calls = [shlex.split(line) for line in script.splitlines()]
    assert len(calls) == 4
    assert all("--all-tags" in call and "--insecure" in call for call in calls)


def test_regsync_is_told_how_to_reach_every_registry(tls_job, tmp_path):
    assert regsync.command_line("regsync", tls_job, tmp_path)[:2] == ("regsync", "once")
    document = regsync.document(tls_job)
    assert [each["tls"] for each in document["creds"]] == ["enabled", "enabled"]
    assert [each["regcert"] for each in document["creds"]] == ["PEM", "PEM"]
    assert document["sync"] == [
        {
            "source": "10.202.0.2:5000/bench/repo-000",
            "target": "10.202.0.2:5001/bench/repo-000",
            "type": "repository",
        }
    ]


def test_regctl_gets_a_pair_of_references_for_each_tag_and_destination(job, tmp_path):
    regctl.command_line("regctl", job, tmp_path)
    pairs = [line.split() for line in (tmp_path / "references").read_text().splitlines()]
    assert len(pairs) == 6
    assert ["127.0.0.1:5000/bench/repo-000:v1", "127.0.0.1:5002/bench/repo-000:v1"] in pairs
    hosts = json.loads((tmp_path / ".regctl" / "config.json").read_text())["hosts"]
    assert {host: each["tls"] for host, each in hosts.items()} == {
        "127.0.0.1:5000": "disabled",
        "127.0.0.1:5001": "disabled",
        "127.0.0.1:5002": "disabled",
    }


def test_dregsy_gets_a_task_for_each_destination(job):
    tasks = dregsy.document(job)["tasks"]
    assert [task["target"]["registry"] for task in tasks] == ["127.0.0.1:5001", "127.0.0.1:5002"]
    assert [len(task["mappings"]) for task in tasks] == [2, 2]
    assert all("tags" not in mapping for task in tasks for mapping in task["mappings"])


def test_image_syncer_maps_each_repository_to_all_destinations(job):
    assert image_syncer.images(job)["127.0.0.1:5000/bench/repo-001"] == [
        "127.0.0.1:5001/bench/repo-001",
        "127.0.0.1:5002/bench/repo-001",
    ]
    assert {each["insecure"] for each in image_syncer.access(job).values()} == {True}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_every_tool_is_called_by_the_path_it_was_found_at(tool, job, tmp_path):
    line = tool.command_line("/somewhere/program", job, tmp_path)
    assert "/somewhere/program" in " ".join(line)
