#!/usr/bin/env bash
# Make a virtual environment with the newest supported Python that is there: make_venv.sh FOLDER
set -euo pipefail

folder=$1
python=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "reposync needs Python 3.11 or later; set PYTHON to one" >&2
  exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "$python cannot make a virtual environment; install Debian's $version" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >/dev/null
  apt-get -qq install --yes --no-install-recommends "$version" >/dev/null
fi
"$python" -m venv "$folder"
