"""Registries of clouds: what is wrong with what the file says of them."""

# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

import pytest
from tests.unit.config.files import STAGES, with_keys

from reposync import cloud_names
from reposync.cloud_names import Extra
from reposync.config.repository_creation import CreateRepositories

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def at(host: str, lines: str) -> str:
    return f"registries:\n  b: {{url: b.example}}\n  a:\n    url: {host}\n{lines}{STAGES}"


def test_all_that_can_be_said_of_repositories_is_taken_as_it_stands_there(load_text, tmp_path):
    (tmp_path / "lifecycle.json").write_text('{"rules": []}')
    lines = """\
    create_repositories:
      tag_mutability: immutable
      scan_on_push: yes
      encryption: kms
      kms_key: 1234
      aws_tags: {cost-center: 010, empty: ""}
      lifecycle_policy_file: lifecycle.json
"""
    assert load_text(at(ECR, lines)).config.registries["a"].create_repositories == (
        CreateRepositories(
            tag_mutability="immutable",
            scan_on_push=True,
            encryption="kms",
            kms_key="1234",
            aws_tags={"cost-center": "010", "empty": ""},
            lifecycle_policy_file="lifecycle.json",
        )
    )


@pytest.mark.parametrize(
    ("host", "lines", "said"),
    [
        (
            "a.example",
            "    create_repositories: true\n",
            "f.yml:5:5: registries.a.create_repositories: repositories are made at ECR alone, and `a.example` is not there; remove it: most other registries make them when they are pushed to",
        ),
        (
            "public.ecr.aws",
            "    create_repositories: {scan_on_push: false, aws_tags: {a: b}}\n",
            "f.yml:5:27: registries.a.create_repositories.scan_on_push: public registries of ECR do not know this; remove it",
        ),
        (
            ECR,
            "    create_repositories: {encryption: aes256, kms_key: x}\n",
            "f.yml:5:39: registries.a.create_repositories.encryption: `aes256` has no key of KMS; write `kms`",
        ),
        (
            ECR,
            "    create_repositories: {tag_mutability: immutible}\n",
            "f.yml:5:43: registries.a.create_repositories.tag_mutability: is `immutible`, must be `immutable` or `mutable`; did you mean `immutable`?",
        ),
        (
            ECR,
            "    create_repositories: {lifecycle_policy_file: nowhere.json}\n",
            "f.yml:5:50: registries.a.create_repositories.lifecycle_policy_file: `nowhere.json` cannot be read (No such file or directory); check the path",
        ),
        (
            ECR,
            "    create_repositories: {repository_policy_file: f.yml}\n",
            "f.yml:5:51: registries.a.create_repositories.repository_policy_file: `f.yml` holds no policy in JSON; a policy begins with `{`, as in AWS's",
        ),
        (
            "oci:x",
            "    create_repositories: true\n",
            "f.yml:5:5: registries.a.create_repositories: an image layout has no use for this key; remove it",
        ),
        (
            "gcr.io",
            "    credentials: ecr\n",
            "f.yml:5:18: registries.a.credentials: is `ecr`, and `gcr.io` is a registry of another cloud; write `gcr`",
        ),
        (
            ECR,
            "    credentials: ecr\n    env_user: A_USER\n    env_password: A_PASSWORD\n",
            "f.yml:5:5: registries.a.credentials: this key has no use beside `env_user` and `env_password`; remove it, or those two",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place(problems, host, lines, said):
    assert problems(at(host, lines)) == [said]


def test_a_host_without_a_clouds_name_can_be_one_by_the_files_word(load_text):
    lines = "    credentials: ecr\n    create_repositories: true\n"
    assert load_text(with_keys(lines)).config.registries["a"].credentials == "ecr"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "    credentials: ecr\n",
            "f.yml:5:18: registries.a.credentials: takes the extra `aws`, which is not installed; install it: `pip install 'run-reposync[aws]'`",
        ),
        (
            "    create_repositories: true\n",
            "f.yml:5:26: registries.a.create_repositories: takes the extra `aws`, which is not installed; install it: `pip install 'run-reposync[aws]'`",
        ),
    ],
)
def test_an_extra_that_is_missing_is_told_before_a_run(
    problems, load_text, monkeypatch, lines, said
):
    monkeypatch.setitem(cloud_names.EXTRAS, "ecr", Extra("aws", "nowhere.at.all"))
    assert problems(at(ECR, lines)) == [said]
    warnings = load_text(at(ECR, lines), verify_only=True).warnings
    assert [str(each) for each in warnings] == [said]
