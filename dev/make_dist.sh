#!/usr/bin/env bash
# Build the wheel and the sdist into dist/, check them, and run the wheel: make_dist.sh PYTHON [TAG]
# With a TAG such as v0.2.0 the version must be the same, and the changelog must have its section.
set -euo pipefail

python=$1
tag=${2:-}
cd "$(dirname "$0")/.."
rm -rf dist
"$python" -m build --outdir dist .
"$python" -m twine check --strict dist/*

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$python" -m venv "$fresh"
"$fresh/bin/python" -m pip install --quiet --disable-pip-version-check dist/*.whl
installed=$("$fresh/bin/run-reposync" --version)
[ "$installed" = "$("$fresh/bin/python" -m reposync --version)" ]
if [ -n "$tag" ]; then
  if [ "$installed" != "run-reposync ${tag#v}" ]; then
    echo "the tag is $tag, and the code says $installed" >&2
    exit 1
  fi
  "$python" -m dev.release_notes "$tag" >/dev/null
fi
echo "dist/ holds $installed"
