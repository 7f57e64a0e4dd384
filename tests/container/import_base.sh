#!/usr/bin/env bash
# Import a stand-in for the base image, made from Debian's own packages: import_base.sh FOLDER NAME
# No hub is asked. It has the system's Python where the real one has its own; the rest is alike.
set -euo pipefail

folder=$1
name=$2
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
archive=$folder/base-$codename.tar.zst

if [ ! -s "$archive" ]; then
  # Authorities that this machine trusts by its administrator's word are needed for pip as well.
  # shellcheck disable=SC2016 # mmdebstrap's shell expands $1
  mmdebstrap --quiet --mode=root --variant=minbase \
    --include=ca-certificates,python3,python3-pip \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='copy-in /usr/local/share/ca-certificates /usr/local/share' \
    --customize-hook='chroot "$1" update-ca-certificates >/dev/null 2>&1' \
    --customize-hook='rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED' \
    --customize-hook='ln -s python3 "$1/usr/bin/python"' \
    "$codename" "$archive.tar" /etc/apt/sources.list.d/debian.sources
  zstd --quiet --rm -3 "$archive.tar" -o "$archive"
fi
zstd --quiet --decompress --stdout "$archive" \
  | podman import --quiet --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "$name"
