#!/bin/sh
# --session N in every format: its steps and no other session's.  captures/journey-whole.pcap has
# five sessions that interleave; the second one, of SMTP, has seven steps.
srcdir=${srcdir-.}
builddir=${builddir-.}
capture=$srcdir/captures/journey-whole.pcap
own="5 6 7 8 9 10 17 "
passed=0
failed=0

show() {
    LC_ALL=C.UTF-8 "$builddir/mailgloss" --no-pager -T "$1" --session 2 "$capture"
}

# what found wanted
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $1: “$2” in place of “$3”"
    fi
}

words() {
    tr '\n' ' '
}

check "steps of json" "$(show json |
    sed -n 's/^{"type":"step","step":\([0-9]*\),.*/\1/p' | words)" "$own"
check "sessions of json" "$(show json |
    sed -n 's/^{"type":"session","session":\([0-9]*\),.*/\1/p' | sort -u | words)" "2 "
check "steps of csv" "$(show csv | sed -n 's/^\([0-9][0-9]*\),.*/\1/p' | words)" "$own"
check "sessions of csv" "$(show csv | cut -d, -f2 | sed 1d | sort -u | words)" "2 "
check "sessions of text" "$(show text | sed -n 's/^== Session \([0-9]*\) .*/\1/p' | words)" "2 "
check "steps of text" "$(show text | sed '/^Messages/,$d' |
    sed -n 's/^ *\([0-9][0-9]*\) [CS]: .*/\1/p' | words)" "$own"
check "sessions of markdown" "$(show markdown |
    sed -n 's/^## Session \([0-9]*\):.*/\1/p' | words)" "2 "
check "steps of html" "$(show html | sed -n 's/^<tr id="step-\([0-9]*\)">.*/\1/p' | words)" "$own"
check "sessions of mermaid" "$(show mermaid |
    sed -n 's/.*: Session \([0-9]*\):.*/\1/p' | words)" "2 "
if command -v tshark >/dev/null; then
    check "connections of pcapng" "$(show pcapng | tshark -r - -Y frame.comment -T fields \
        -e tcp.stream 2>/dev/null | sort -u | words)" "1 "
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
