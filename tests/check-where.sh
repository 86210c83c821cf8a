#!/bin/sh
# --where with --detail deep: every place of each message with the step and frame that made it so,
# and how it was recognised there.  tests/golden/where/NAME.txt is what captures/NAME.pcap gives;
# MG_GOLDEN=write writes it anew.  A message that went over two servers to two devices is one entry
# with its whole path.
srcdir=${srcdir-.}
builddir=${builddir-.}
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for golden in "$srcdir"/tests/golden/where/*.txt; do
    name=$(basename "$golden" .txt)
    LC_ALL=C.UTF-8 "$builddir/mailgloss" --no-pager --width 100 --where --detail deep \
        -H "$srcdir/captures/roles.txt" "$srcdir/captures/$name.pcap" >"$work/out" 2>&1
    if [ "${MG_GOLDEN-}" = write ]; then
        cp "$work/out" "$golden"
    fi
    if cmp -s "$golden" "$work/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name:"
        diff "$golden" "$work/out"
    fi
done

# --message by any of its names shows every step that touched it, over all connections, also those
# of the relay, where it still had a number of its own.
for asked in M1 M2 05322A9A511 soup-133@anna-laptop.alpha.lab lunch; do
    steps=$("$builddir/mailgloss" -T json --message "$asked" "$srcdir/captures/journey-whole.pcap" |
        sed -n 's/^{"type":"step","step":\([0-9]*\),.*/\1/p' | tr '\n' ' ')
    if [ "$steps" = "7 8 9 10 13 14 15 19 25 27 28 29 34 " ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL --message $asked shows the steps $steps"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
