"""Metrics of whole runs of the installed command, and the page that says how to use them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests import images
from tests.development import ROOT
from tests.e2e.command import run
from tests.e2e.pages import blocks
from tests.unit.cli.filled import fill
from tests.unit.report.test_prometheus import GOOD, HOSTS, facts, written

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "how-to" / "operate" / "monitor.md").read_text()
(RULES,) = [each.text for each in blocks("yaml") if each.page == "how-to/operate/monitor.md"]
FILE = """\
registries:
  hub: {url: "oci:hub"}
  mirror: {url: "oci:mirror"}
  real: {url: "REAL", skip-tls-verify: true}
stages:
  - id: app
    from: {source: hub, repository: team/app}
    to:
      - {destination: mirror, repository: app, tags: ["1", "2"]}
      - {destination: real, repository: NAME, tags: ["1"]}
  - id: web
    from: {source: hub, repository: team/web}
    to: [{destination: mirror, repository: web}]
"""


@pytest.fixture
def folder(tmp_path, plain_registry):
    host = plain_registry.url.partition("://")[2]
    name = tmp_path.name.replace("_", "-").lower()  # of this test alone
    (tmp_path / "cfg.yml").write_text(FILE.replace("REAL", host).replace("NAME", name))
    fill(tmp_path / "hub", {"team/app:1": images.image("1"), "team/web:1": images.image("web")})
    return tmp_path


def sync(folder, *arguments):
    call = ("-c", "cfg.yml", "--report", "run.prom", *arguments)
    return run(*call, cwd=folder, REPOSYNC_LEDGER="").returncode


def values(path):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def promtool(*arguments, stdin="", cwd=None):
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed")
    call = [program, *arguments]
    return subprocess.run(
        call, input=stdin, capture_output=True, text=True, check=False, cwd=cwd, timeout=60
    )


def test_the_metrics_of_a_run_are_its_figures(folder, plain_registry):
    assert sync(folder) == 1
    found = values(folder / "run.prom")
    host = plain_registry.url.partition("://")[2]
    assert found["reposync_images_total", "app", "copied"] == 2
    assert found["reposync_images_total", "app", "failed"] == 1
    assert found["reposync_images_total", "copied", "web"] == 1
    assert found["reposync_requests_total", *sorted(("201", "PUT", host))] >= 1
    assert found["reposync_bytes_total", *sorted((host, "write"))] > 1000
    assert found["reposync_run_duration_seconds",] > 0
    assert {name: found["reposync_run_failed", name] for name in ("app", "web")} == {
        "app": 1,
        "web": 0,
    }


def test_what_a_stage_achieved_outlives_runs_that_fail_and_runs_of_other_stages(folder):
    success = "reposync_last_success_timestamp_seconds"
    assert sync(folder, "--stage", "web") == 0
    first = values(folder / "run.prom")
    assert (success, "app") not in first
    assert sync(folder, "--stage", "app") == 1
    second = values(folder / "run.prom")
    assert second[success, "web"] == first[success, "web"]
    assert (second[success, "app"], second["reposync_run_failed", "web"]) == (0, 0)
    fill(folder / "hub", {"team/app:2": images.image("2")})
    assert sync(folder) == 0
    third = values(folder / "run.prom")
    assert min(third[success, "app"], third[success, "web"]) > first[success, "web"]


def test_promtool_finds_nothing_wrong_with_the_metrics(folder):
    sync(folder)
    checked = promtool("check", "metrics", stdin=(folder / "run.prom").read_text())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_page_names_every_metric_and_its_labels():
    text = written(GOOD, facts(hosts=HOSTS))
    there = {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    rows = re.findall(r"^\| `(reposync_\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    assert {name: set(re.findall(r"\w+", labels)) for name, labels in rows} == there


def test_the_rules_of_the_page_use_metrics_that_there_are():
    rules = yaml.safe_load(RULES)["groups"][0]["rules"]
    named = {name for rule in rules for name in re.findall(r"reposync_\w+", rule["expr"])}
    assert named <= set(re.findall(r"reposync_\w+", written(GOOD, facts(hosts=HOSTS))))


DAY = 24 * 60


def stale(minute, at_s):
    """Expect at *minute* that the one alert is that of a stage whose last success was *at_s*."""
    alerts = [
        {
            "exp_labels": {"severity": "critical", "stage": "app"},
            "exp_annotations": {"summary": "app has not succeeded for two days"},
        }
    ]
    return {
        "interval": "10m",
        "input_series": [
            {"series": 'reposync_last_success_timestamp_seconds{stage="app"}', "values": at_s},
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{minute}m",
                "alertname": "ReposyncStale",
                "exp_alerts": alerts if minute > 2 * DAY else [],
            }
        ],
    }


@pytest.mark.parametrize("minute", [DAY, 2 * DAY + 10])
def test_a_stage_whose_last_success_is_too_old_is_an_alert_and_another_is_not(
    tmp_path: Path, minute
):
    (tmp_path / "rules.yml").write_text(RULES)
    tests = {"rule_files": ["rules.yml"], "tests": [stale(minute, f"1x{minute}")]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(tests))
    tested = promtool("test", "rules", "test.yml", cwd=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr
