#!/usr/bin/env bash
# Check what deploys reposync against the schemas of those who read it: check_deploy.sh BIN
# No cluster, no engine and no network is asked.
set -euo pipefail

bin=$1
cd "$(dirname "$0")/.."

check() {
  "$bin/check-jsonschema" --quiet --builtin-schema "vendor.$1" "${@:2}"
}

check compose-spec compose.yaml
check github-actions action.yml
check github-workflows deploy/github/workflow.yml .github/workflows/*.yml
check dependabot .github/dependabot.yml
check gitlab-ci deploy/gitlab/.gitlab-ci.yml
for folder in base example; do
  "$bin/kubectl" kustomize "deploy/kubernetes/$folder" \
    | "$bin/kubernetes-validate" --strict --quiet -
done
