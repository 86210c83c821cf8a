#!/bin/sh
# The stages stand in a corridor: capture, net, tcp, proto, (anonym,) ledger, gloss, render.  A stage sees
# what it takes and what it gives, never a later one and never the inside of another.  Any other
# include fails this test.
#
# With a directory as argument, that tree is checked and nothing else.
set -u
root=${1:-${srcdir:-.}}
failed=0
checked=0

object()
{
    echo "FAIL $1: $2"
    failed=$((failed + 1))
}

# The contracts that a stage may include, besides mg-base.h and mg-terms.h.  base implements the
# values of all contracts; cli wires the corridor.
contracts()
{
    case $1 in
    capture) echo mg-frame.h mg-blocks.h ;;
    net) echo mg-frame.h mg-segment.h ;;
    tcp) echo mg-segment.h mg-flow.h ;;
    proto) echo mg-flow.h mg-exchange.h ;;
    anonym) echo mg-exchange.h mg-anonym.h ;;
    ledger) echo mg-exchange.h mg-movement.h ;;
    gloss) echo mg-exchange.h mg-movement.h mg-step.h mg-quiz.h ;;
    render) echo mg-step.h mg-quiz.h mg-comment.h mg-render.h ;;
    # Beside the corridor: looks on at tcp and proto, takes comments, copies blocks.
    annotate) echo mg-blocks.h mg-comment.h mg-segment.h mg-flow.h mg-exchange.h \
        mg-annotate.h ;;
    base | cli) echo mg-anonym.h mg-frame.h mg-segment.h mg-flow.h mg-exchange.h mg-movement.h \
        mg-step.h mg-render.h mg-annotate.h ;;
    esac
}

# What a file includes: "name" of quotes and of angle brackets alike.
included()
{
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]\([^">]*\)[">].*/\1/p' "$1"
}

check_include()
{
    stage=$1 file=$2 name=$3
    case $name in
    mg-base.h | mg-terms.h | config.h) return ;;
    mg-*.h)
        for contract in $(contracts "$stage"); do
            [ "$name" = "$contract" ] && return
        done
        object "$file" "$name is no contract of $stage"
        ;;
    "$stage"/*) [ -f "$root/src/$name" ] || object "$file" "$name does not exist" ;;
    ../* | ./*) object "$file" "$name: name a header by its stage" ;;
    */*)
        # Headers of the system have folders too.
        [ ! -d "$root/src/${name%%/*}" ] || [ "$stage" = cli ] ||
            object "$file" "$name is private to another stage"
        ;;
    esac
}

check_stages()
{
    for directory in "$root"/src/*/; do
        stage=$(basename "$directory")
        [ -n "$(contracts "$stage")" ] || object "$directory" "no such stage in the corridor"
        for file in "$directory"*.[ch]; do
            [ -f "$file" ] || continue
            checked=$((checked + 1))
            for name in $(included "$file"); do
                check_include "$stage" "$file" "$name"
            done
        done
    done
}

# A contract includes only what lies before it on the way.
check_contracts()
{
    before='glib.h mg-terms.h'
    for contract in mg-base.h mg-frame.h mg-blocks.h mg-segment.h mg-flow.h mg-exchange.h \
        mg-comment.h mg-annotate.h mg-movement.h mg-step.h mg-quiz.h mg-render.h; do
        file=$root/include/$contract
        [ -f "$file" ] || continue
        checked=$((checked + 1))
        for name in $(included "$file"); do
            case " $before " in
            *" $name "*) ;;
            *) object "$file" "$name does not lie before it" ;;
            esac
        done
        before="$before $contract"
    done
}

# The check itself: a tree with this include in this file must fail, without it must pass.
check_myself()
{
    stage=$1 include=$2
    tree=$(mktemp -d) || exit 99
    mkdir -p "$tree/src/$stage" "$tree/include"
    echo '#include "mg-base.h"' > "$tree/src/$stage/one.c"
    sh "$0" "$tree" > /dev/null || object "$0" "refuses a good tree"
    mkdir -p "$tree/src/net" "$tree/src/tcp"
    echo "#include $include" >> "$tree/src/$stage/one.c"
    sh "$0" "$tree" > /dev/null && object "$0" "lets src/$stage include $include"
    rm -rf "$tree"
}

check_stages
check_contracts
if [ $# -eq 0 ]; then
    check_myself net '"mg-flow.h"'
    check_myself tcp '"mg-exchange.h"'
    check_myself tcp '"net/net.h"'
    check_myself render '<mg-movement.h>'
    check_myself gloss '"../tcp/state.h"'
    check_myself ledger '"mg-step.h"'
fi
echo "$checked files, $failed wrong includes"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
