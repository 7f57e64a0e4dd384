"""A stage that is skipped since its dependency failed, as the page of promotions shows it."""

from __future__ import annotations

import json
import re

import pytest
from tests import images
from tests.e2e.command import run
from tests.e2e.pages import blocks
from tests.unit.cli.filled import fill
from tests.unit.report.junit_shape import cases, parsed

PAGE = "how-to/promote/environments.md"
(FILE,) = [
    each.text
    for each in blocks("yaml")
    if each.page == PAGE and "on_dependency_failure: skip" in each.text
]
(SHOWN,) = [each.text for each in blocks("text") if each.page == PAGE]
REASON = "stage stage-app failed"


@pytest.fixture
def folder(tmp_path):
    text = re.sub(r"url: ([a-z.]+)", r'url: "oci:\1"', FILE)
    (tmp_path / "cfg.yml").write_text(text)
    fill(tmp_path / "docker.io", {"team/app:1.4": images.image("1.4")})
    return tmp_path


def call(folder, *arguments):
    return run(*arguments, cwd=folder, REPOSYNC_LEDGER="")


def sync(folder, *arguments):
    return call(folder, "-c", "cfg.yml", *arguments)


def as_shown(text):
    return re.sub(r"oci:([a-z.]+):", r"\1/", text)


def test_the_log_the_summary_and_every_report_name_a_skipped_stage_and_exit_code_is_1(folder):
    names = ("run.json", "run.xml", "run.md")
    done = sync(folder, *(word for name in names for word in ("--report", name)))
    document, junit, markdown = ((folder / name).read_text() for name in names)
    assert done.returncode == 1
    assert f"stage release-app skipped: {REASON}\n" in done.stderr
    assert SHOWN in as_shown(done.stdout)
    assert "1 copied, 1 failed, 1 stage skipped" in done.stdout
    stage = json.loads(document)["stages"][1]
    assert (stage["state"], stage["reason"]) == ("skipped", REASON)
    said = [each.attrib["message"] for _, _, each in cases(parsed(junit)) if each is not None]
    assert said[-1] == REASON
    assert "- stage `release-app`, `staging.example.com/team/app`" in as_shown(markdown)
    assert not (folder / "prod.example.com").exists()


def test_the_next_run_copies_what_a_skipped_stage_would_have(folder):
    assert sync(folder).returncode == 1
    fill(folder / "docker.io", {"team/app:1.5": images.image("1.5")})
    done = sync(folder)
    assert (done.returncode, "3 copied, 1 up to date" in done.stdout) == (0, True), done.stdout


def test_a_skipped_stage_is_an_event_of_json_log_lines(folder):
    lines = map(json.loads, sync(folder, "--log-format", "json").stderr.splitlines())
    (line,) = [line for line in lines if line["event"] == "stage_skipped"]
    assert line["stage"] == "release-app"
    assert line["source"] == "oci:staging.example.com:team/app"
    assert line["reason"] == REASON


def decided(plan):
    return [(each["stage"], each["action"], each["reason"]) for each in plan["decisions"]]


def test_a_plan_shows_a_stage_that_would_be_skipped_and_apply_skips_it(folder):
    planned = call(folder, "plan", "-c", "cfg.yml", "--out", "plan.json", "-o", "json")
    assert planned.returncode == 1
    plan = json.loads(planned.stdout)
    assert decided(plan)[-1] == ("release-app", "skip", f"not run: {REASON}")
    assert plan["counts"] == {"copy": 1, "skip": 1, "error": 1}

    options = ("--report", "run.json", "--report", "run.prom")
    assert call(folder, "apply", "plan.json", "-c", "cfg.yml", *options).returncode == 1
    stages = json.loads((folder / "run.json").read_text())["stages"]
    assert [each["state"] for each in stages] == ["ended", "skipped"]
    assert 'reposync_run_failed{stage="release-app"} 1\n' in (folder / "run.prom").read_text()
    assert not (folder / "prod.example.com").exists()


def test_applying_a_plan_is_a_success_of_its_stages(folder):
    fill(folder / "docker.io", {"team/app:1.5": images.image("1.5")})
    assert call(folder, "plan", "-c", "cfg.yml", "--out", "plan.json").returncode == 0
    applied = call(folder, "apply", "plan.json", "-c", "cfg.yml", "--report", "run.prom")
    assert applied.returncode == 0, applied.stderr
    lines = (folder / "run.prom").read_text().splitlines()
    successes = [each for each in lines if each.startswith("reposync_last_success_timestamp_s")]
    assert len(successes) == 2
    assert not any(each.endswith(" 0") for each in successes)
