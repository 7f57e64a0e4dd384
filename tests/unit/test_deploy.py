"""What deploys reposync: the files under ``deploy/``, and that the pages show them as they are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.development import ROOT

from reposync.cli.interruption import GRACE_S
from reposync.config.load import load

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
KUBECTL = Path(sys.executable).with_name("kubectl")


def document(path):
    return yaml.safe_load(path.read_text())


@pytest.fixture
def pod():
    cron_job = document(KUBERNETES / "base" / "cron-job.yaml")
    return cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def test_the_file_of_the_compose_example_needs_just_what_compose_gives_it():
    service = document(ROOT / "compose.yaml")["services"]["reposync"]
    environ = dict(service["environment"])
    assert environ["STAGING_PASSWORD_FILE"] == f"/run/secrets/{service['secrets'][0]}"
    environ["STAGING_PASSWORD_FILE"] = str(DEPLOY / "compose" / "password.txt")
    loaded = load(str(DEPLOY / "compose" / "cfg.yaml"), environ, verify_only=False)
    assert loaded.warnings == ()


def test_the_file_of_the_kubernetes_example_is_right():
    loaded = load(str(KUBERNETES / "example" / "cfg.yaml"), {}, verify_only=True)
    assert all("is not set" in str(warning) for warning in loaded.warnings)


def test_a_pod_is_restricted_as_far_as_kubernetes_knows(pod):
    """Spec: Kubernetes, "Pod Security Standards", the profile "Restricted"."""
    (container,) = pod["containers"]
    security = pod["securityContext"] | container["securityContext"]
    assert security["runAsNonRoot"]
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"]
    assert {tuple(volume)[1] for volume in pod["volumes"]} == {"configMap", "emptyDir"}


def test_a_pod_has_time_to_stop_in_good_order(pod):
    assert pod["terminationGracePeriodSeconds"] > GRACE_S


def test_secrets_are_there_by_reference_alone(pod):
    (container,) = pod["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "reposync-credentials"}}]
    kinds = {document(path).get("kind") for path in KUBERNETES.rglob("*.yaml")}
    assert "Secret" not in kinds


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("ci.md", "github/workflow.yml"),
        ("ci.md", "gitlab/.gitlab-ci.yml"),
        ("kubernetes.md", "kubernetes/example/kustomization.yaml"),
        ("kubernetes.md", "kubernetes/example/cfg.yaml"),
    ],
)
def test_a_page_shows_the_file_as_it_is(page, file):
    shown = (ROOT / "docs" / "how-to" / "operate" / page).read_text()
    kept = [line for line in (DEPLOY / file).read_text().splitlines() if not line.startswith("#")]
    assert "```yaml\n" + "\n".join(kept).strip() + "\n```" in shown


@pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl is not there")
def test_the_patch_of_the_page_gives_the_service_account_its_role(tmp_path):
    shown = (ROOT / "docs" / "how-to" / "operate" / "kubernetes.md").read_text()
    (patch,) = re.findall(r"^```yaml\npatches:\n(.*?)^```", shown, re.MULTILINE | re.DOTALL)
    shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    with (tmp_path / "kubernetes" / "example" / "kustomization.yaml").open("a") as file:
        file.write(patch)
    built = subprocess.run(
        [KUBECTL, "kustomize", tmp_path / "kubernetes" / "example"],
        capture_output=True,
        text=True,
        check=True,
    )
    documents = {each["kind"]: each for each in yaml.safe_load_all(built.stdout)}
    assert documents["ServiceAccount"]["metadata"]["annotations"] == {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/reposync"
    }
