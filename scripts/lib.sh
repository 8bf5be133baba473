# shellcheck shell=bash
# What every script shares: the repository's root, messages, and the system packages that a
# machine with only Swift installed still lacks. Sourced, never run.

set -euo pipefail

# Where the caller stood: relative paths among the arguments start there.
# shellcheck disable=SC2034  # used by scripts that take paths
caller_folder="$PWD"

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# git: fetches the dependencies; pkg-config and libnuma-dev: placement on NUMA nodes;
# g++: the C and C++ headers and libraries that Swift's linker asks for; binutils: objdump.
required_packages=(git ca-certificates pkg-config libnuma-dev g++ binutils)

# Asked for only if the Swift toolchain does not start without them.
toolchain_packages=(libcurl4-openssl-dev libxml2-dev libsqlite3-dev libncurses-dev libedit-dev
  libpython3-dev zlib1g-dev tzdata)

say() { printf '\n== %s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

package_is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs with apt-get, as root or through sudo.
install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and there is no sudo: $*"
    as_root=(sudo)
  fi
  say "installing $*"
  "${as_root[@]}" apt-get update -qq </dev/null >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
}

# Installs what is missing: does nothing, and asks nobody, where all is there.
ensure_packages() {
  local missing=() package
  if command -v dpkg-query >/dev/null; then
    for package in "$@"; do
      package_is_installed "$package" || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
  else
    say "not a Debian or Ubuntu: $* must be there already"
  fi
}

ensure_prerequisites() {
  command -v swift >/dev/null || die "swift is not on PATH (6.3 or later: https://www.swift.org/install)"
  ensure_packages "${required_packages[@]}"
  swift package --version >/dev/null 2>&1 || ensure_packages "${toolchain_packages[@]}"
  swift package --version >/dev/null || die "the Swift toolchain does not start"
}
