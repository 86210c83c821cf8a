#!/bin/sh
# Watch a real session live, where namespaces and servers can be had.
# shellcheck source=tests/lab/ready.sh
. "${srcdir-.}/tests/lab/ready.sh"
exec python3 "$srcdir/tests/lab/live" "$builddir/mailgloss"
