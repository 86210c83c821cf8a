#!/bin/sh
# A few scenarios with real servers and clients, compared with the disks after every step.
# `make check-lab` plays all of them.
# shellcheck source=tests/lab/ready.sh
. "${srcdir-.}/tests/lab/ready.sh"
exec python3 "$srcdir/tests/lab/play" --program "$builddir/mailgloss" ${MG_LAB---quick}
