#!/usr/bin/env bash
# Install Debian packages whose command is missing: system_packages.sh COMMAND...
# Where that cannot be done it says so and goes on: what needs them is left out or done otherwise.
set -euo pipefail

package_of() {
  case $1 in
    cc) echo build-essential ;;
    groff) echo groff-base ;;
    htpasswd) echo apache2-utils ;;
    ip) echo iproute2 ;;
    nft) echo nftables ;;
    nginx) echo nginx-light ;;
    *) echo "$1" ;;
  esac
}

missing=()
for command in "$@"; do
  command -v "$command" >/dev/null || missing+=("$(package_of "$command")")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, and can be installed only as root on Debian: ${missing[*]}"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
install=(apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends)
if ! "${install[@]}" "${missing[@]}" >/dev/null 2>&1; then
  { apt-get -qq update && "${install[@]}" "${missing[@]}"; } >/dev/null 2>&1 \
    || echo "apt-get could not install: ${missing[*]}"
fi
