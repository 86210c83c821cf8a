#!/bin/sh
# The README's samples are what mailgloss prints: each fenced block behind a comment
# `<!-- sample: ARGUMENTS -->` must stand, line after line, in the output of that command.
srcdir=${srcdir-.}
builddir=${builddir-.}
program=$(cd "$builddir" && pwd)/mailgloss
cd "$srcdir" || exit 1
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -n '^<!-- sample: ' README.md >"$work/samples"
while IFS=: read -r line rest; do
    arguments=$(printf '%s' "$rest" | sed 's/^<!-- sample: //; s/ -->$//')
    sed -n "$((line + 1)),\$p" README.md | awk '/^```/ { if (inside) exit; inside = 1; next } inside' \
        >"$work/expected"
    # shellcheck disable=SC2086
    LC_ALL=C.UTF-8 "$program" --no-pager --width 100 $arguments >"$work/output" 2>&1
    if awk 'NR == FNR { want[++n] = $0; next }
            { got[++m] = $0 }
            END {
                for (i = 1; n > 0 && i + n - 1 <= m; i++) {
                    for (k = 1; k <= n && got[i + k - 1] == want[k]; k++);
                    if (k > n) exit 0
                }
                exit 1
            }' "$work/expected" "$work/output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL README.md:$line: mailgloss $arguments prints something else:"
        diff "$work/expected" "$work/output"
    fi
done <"$work/samples"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
