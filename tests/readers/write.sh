# Sourced by the checks beside it: what they need, and what mailgloss writes for them.
# shellcheck shell=sh
srcdir=${srcdir-.}
builddir=${builddir-.}
readers=$(cd "$srcdir/tests/readers" && pwd)
program=$(cd "$builddir" && pwd)/mailgloss
LC_ALL=C.UTF-8
export LC_ALL

skip() {
    echo "skipped: $1"
    exit 77
}

# need COMMAND…: without them there is nobody to read.
need() {
    for command in "$@"; do
        command -v "$command" >/dev/null 2>&1 || skip "$command is not here"
    done
}

# need_packages: what package.json names lies beside it.
need_packages() {
    need node
    [ -d "$readers/node_modules/html-validate" ] ||
        skip "tests/readers/node_modules is not here (cd tests/readers && npm ci)"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# captures_to_read [few]: the small captures and the hostile one, as links in $work/captures.
captures_to_read() {
    mkdir "$work/captures" "$work/out" || exit 1
    for file in "$srcdir"/captures/*.pcap; do
        ln -s "$(cd "$(dirname "$file")" && pwd)/${file##*/}" "$work/captures/"
    done
    python3 "$readers/hostile.py" "$work/captures/hostile.pcap" "$@" || exit 1
}

# gloss CAPTURE NAME OPTION…: run mailgloss with a roles file and, for the hostile capture, a
# title that is hostile too.
gloss() {
    capture=$1 name=$2
    shift 2
    case $capture in
    */hostile.pcap)
        set -- --title "<script>\"';{}</style>]]> =1+1" "$@"
        ;;
    *)
        set -- -H "$srcdir/captures/roles.txt" "$@"
        ;;
    esac
    "$program" -q "$@" "$capture" >/dev/null 2>"$work/talk"
    status=$?
    # 1: no mail in it; 4: read, with missing bytes
    case $status in
    0 | 1 | 4) ;;
    *)
        echo "FAIL $name: mailgloss ends with $status"
        cat "$work/talk"
        return 1
        ;;
    esac
}
