#!/bin/sh
# Watch a real session live, where namespaces and servers can be had.
srcdir=${srcdir-.}
builddir=${builddir-.}
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "the lab needs root"
for program in python3 ip tcpdump postfix dovecot swaks mpop openssl; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null 2>&1 || skip "$program is not here"
done
ip netns add mg-probe-$$ 2>/dev/null || skip "no network namespace can be made here"
ip netns del mg-probe-$$
PATH=$PATH:/usr/sbin:/sbin
export PATH
PYTHONDONTWRITEBYTECODE=1 exec python3 "$srcdir/tests/lab/live" "$builddir/mailgloss"
