#!/bin/sh
# Annotated copies as tshark reads them, and the Wireshark profile: frame numbers, comments,
# everything else as it was, no password to be found, filters that compile, columns that show.
srcdir=${srcdir-.}
builddir=${builddir-.}
for tool in tshark editcap capinfos strings; do
    command -v $tool >/dev/null 2>&1 || { echo "skipped: $tool is not here"; exit 77; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
LC_ALL=C.UTF-8
export LC_ALL
WIRESHARK_CONFIG_DIR=$work/config
export WIRESHARK_CONFIG_DIR
mkdir -p "$work/config/profiles"
cp -r "$srcdir/wireshark/mailgloss" "$work/config/profiles/" || exit 1
failed=0

fail() {
    echo "FAIL $1"
    failed=$((failed + 1))
}

# Nothing but what root is told.
tshark_quiet() {
    tshark "$@" 2>"$work/said"
    grep -v '^Running as user\|^$' "$work/said" >"$work/warned" &&
        fail "tshark $*: $(head -3 "$work/warned")"
    return 0
}

# All that tshark knows of each packet, the comments left out.
dissect() {
    tshark_quiet -n -o tcp.check_checksum:TRUE -r "$1" -T pdml |
        sed -e '/<proto name="pkt_comment"/,/<\/proto>/d' -e '/^creator=\|<pdml \|<!-- /d'
}

fields() {
    tshark_quiet -n -o tcp.check_checksum:TRUE -r "$1" -T fields -e frame.number \
        -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.protocols -e ip.src -e ip.dst \
        -e ip.checksum.status -e tcp.seq_raw -e tcp.ack_raw -e tcp.len -e tcp.flags \
        -e tcp.checksum.status -e tcp.analysis.flags
}

check_capture() {
    capture=$1
    name=$(basename "$capture")
    "$builddir/mailgloss" -q "$capture" -o "$work/masked.pcapng" -o "$work/open.json" \
        >/dev/null 2>&1
    "$builddir/mailgloss" -q "$capture" -o "$work/open.pcapng" --show-secrets >/dev/null 2>&1
    editcap -F pcapng "$capture" "$work/plain.pcapng" 2>/dev/null || fail "$name: editcap"
    dissect "$work/plain.pcapng" >"$work/before"
    dissect "$work/open.pcapng" >"$work/after"
    cmp -s "$work/before" "$work/after" ||
        fail "$name: $(diff "$work/before" "$work/after" | head -5)"
    fields "$capture" >"$work/before"
    fields "$work/masked.pcapng" >"$work/after"
    cmp -s "$work/before" "$work/after" ||
        fail "$name, masked: $(diff "$work/before" "$work/after" | head -5)"
    tshark_quiet -n -r "$work/masked.pcapng" -Y 'frame.comment matches "^mailgloss [0-9]"' \
        >"$work/commented"
    [ -s "$work/commented" ] || fail "$name: no frame has a comment"
    steps=$(grep -c '"type":"step"' "$work/open.json")
    told=$(tshark_quiet -n -r "$work/masked.pcapng" -T fields -e frame.comment |
        grep -o 'mailgloss [0-9]*' | sort -u | wc -l)
    [ "$told" -ge "$((steps * 9 / 10))" ] || fail "$name: $told of $steps steps are told"
    tshark_quiet -q -r "$work/masked.pcapng" -z credentials >"$work/credentials"
    tshark_quiet -n -r "$work/masked.pcapng" -T fields -e pop.request.parameter \
        -e imap.request -e smtp.auth.password -e smtp.auth.username_password >"$work/requests"
    strings -n 4 "$work/masked.pcapng" >"$work/strings"
    for file in credentials requests strings; do
        grep -n 'sesame' "$work/$file" >"$work/found" &&
            fail "$name: a password in $file: $(head -1 "$work/found")"
    done
    capinfos -Mckty "$work/masked.pcapng" >"$work/info" 2>&1 || fail "$name: capinfos refuses it"
    grep -q 'mailgloss summary: ' "$work/info" || fail "$name: no summary in the section"
    packets=$(wc -l <"$work/before")
    grep -q "Number of packets: *$packets\$" "$work/info" ||
        fail "$name: $(grep 'Number of packets' "$work/info")"
}

check_filter() {
    tshark_quiet -n -r "$work/masked.pcapng" -Y "$1" >"$work/filtered"
    filters=$((filters + 1))
}

check_profile() {
    filters=0
    sed -n 's/^@[^@]*@\(.*\)@\[.*/\1/p' "$work/config/profiles/mailgloss/colorfilters" \
        >"$work/filters"
    sed -n 's/^"TRUE","[^"]*","\([^"]*\)".*/\1/p' \
        "$work/config/profiles/mailgloss/dfilter_buttons" | sed 's/\\x22/"/g' >>"$work/filters"
    while IFS= read -r filter; do
        check_filter "$filter"
    done <"$work/filters"
    [ "$filters" -ge 10 ] || fail "only $filters filters were found in the profile"
    tshark_quiet -C mailgloss --color -r "$work/masked.pcapng" >"$work/shown"
    grep -q 'Server sends a copy and keeps its own' "$work/shown" ||
        fail "the profile's column does not show the comment"
    # Pale green where the message is on the server from now on.
    tshark_quiet -C mailgloss --color -T psml -r "$work/masked.pcapng" |
        grep -B 9 'responsible for it' | grep -q "background='#e4ffc7'" ||
        fail "the profile's colours do not show"
}

count=0
set -- smtp-pop3-delete imap-append-copy smtp-auth imap-compress pop3-pipelined smtp-bdat-imap
[ -n "${MG_PCAPNG_ALL-}" ] && set -- $(cd "$srcdir/captures" && ls | sed -n 's/\.pcap.*//p')
for name in "$@"; do
    for capture in "$srcdir/captures/$name".pcap*; do
        count=$((count + 1))
        check_capture "$capture"
    done
done
"$builddir/mailgloss" -q "$srcdir/captures/smtp-pop3-delete.pcap" -o "$work/masked.pcapng" >/dev/null
check_profile
echo "$count captures, $filters filters, $failed failures"
[ "$failed" -eq 0 ]
