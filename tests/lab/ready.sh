# Sourced by the tests that need the lab: go on where it can be played, skip with a word where not.
# shellcheck shell=sh
srcdir=${srcdir-.}
builddir=${builddir-.}
PATH=$PATH:/usr/sbin:/sbin
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONDONTWRITEBYTECODE
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "the lab needs root"
for program in python3 ip tcpdump postfix dovecot swaks mpop openssl; do
    command -v "$program" >/dev/null 2>&1 || skip "$program is not here"
done
ip netns add mg-probe-$$ 2>/dev/null || skip "no network namespace can be made here"
ip netns del mg-probe-$$
