#!/usr/bin/env bash
# Import a stand-in for the base image, of Debian's own packages: import_base.sh FOLDER NAME [ARCH]
# No hub is asked. It has the system's Python where the real one has its own; the rest is alike, also
# that Python's modules come without bytecode.
set -euo pipefail

folder=$1
name=$2
architecture=${3:-$(dpkg --print-architecture)}
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
recipe=$(sha256sum "$0" | head -c 12)
archive=$folder/base-$codename-$architecture-$recipe.tar.zst

if [ ! -s "$archive" ]; then
  rm -f "$folder/base-$codename-$architecture"-*
  # Authorities that this machine trusts by its administrator's word are needed for pip as well.
  # shellcheck disable=SC2016 # mmdebstrap's shell expands $1
  mmdebstrap --quiet --mode=root --variant=minbase --architectures="$architecture" \
    --include=ca-certificates,python3,python3-pip \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='copy-in /usr/local/share/ca-certificates /usr/local/share' \
    --customize-hook='chroot "$1" update-ca-certificates >/dev/null 2>&1' \
    --customize-hook='rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED' \
    --customize-hook='find "$1/usr/lib" -name __pycache__ -prune -exec rm -r {} +' \
    --customize-hook='ln -s python3 "$1/usr/bin/python"' \
    "$codename" "$archive.tar" /etc/apt/sources.list.d/debian.sources
  zstd --quiet --rm -3 "$archive.tar" -o "$archive"
fi
zstd --quiet --decompress --stdout "$archive" \
  | podman import --quiet --arch "$architecture" \
    --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' - "$name"
