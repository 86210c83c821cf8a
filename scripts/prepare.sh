# Sourced by scripts/demo and scripts/check: bring in what is missing, make the build.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1

packages_build=(autoconf automake libtool make gcc pkg-config libglib2.0-dev libpcap-dev
    libgmime-3.0-dev libjson-glib-dev libarchive-dev zlib1g-dev libcap-ng-dev libcmocka-dev)

say() {
    printf '== %s\n' "$*" >&2
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "root is needed for: $*"
        return 1
    fi
}

# install PACKAGE…: bring in what is missing, with apt; elsewhere name it.
install() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        say "this is no Debian or Ubuntu system; if the build fails, install these (or what they are called here): $*"
        return 0
    fi
    for package in "$@"; do
        if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing ${missing[*]}"
    as_root apt-get update -qq || say "the package lists could not be renewed; going on with the old ones"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}

jobs=$(nproc 2>/dev/null || echo 2)

# quietly COMMAND…: what it prints is shown only where it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# build [CONFIGURE-OPTION…]: configure where that is needed, and make.
build() {
    [ -x configure ] && [ configure -nt configure.ac ] || quietly ./autogen.sh
    local options="$*"
    if [ ! -f Makefile ] || [ "$(cat .configured 2>/dev/null)" != "$options" ]; then
        quietly ./configure --quiet "$@"
        printf '%s' "$options" >.configured
    fi
    quietly make --no-print-directory -j"$jobs"
}
