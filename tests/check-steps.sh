#!/bin/sh
# The recorded captures, step by step, against what lay on the disks when they were recorded.
command -v python3 >/dev/null 2>&1 || {
    echo "skipped: python3 is not here"
    exit 77
}
exec python3 -B "${srcdir-.}/tests/lab/check-captures" "${builddir-.}/mailgloss" "${srcdir-.}/captures"
