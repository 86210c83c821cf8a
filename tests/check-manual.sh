#!/bin/sh
# The manual page and the completions know every option of the help and no other; what shells and
# mdoc are at hand can read them; the examples of manual and README run.
srcdir=${srcdir-.}
builddir=${builddir-.}
top=$(cd "$builddir" && pwd)
program=$top/mailgloss
captures=$(cd "$srcdir" && pwd)/captures
readme=$(cd "$srcdir" && pwd)/README.md
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

good()
{
    passed=$((passed + 1))
}

bad()
{
    failed=$((failed + 1))
    echo "FAIL $1"
}

same()
{
    if diff "$2" "$3" >difference; then
        good
    else
        bad "$1"
        sed 's/^/    /' difference
    fi
}

# holds NAME COMMAND…
holds()
{
    name=$1
    shift
    if "$@"; then
        good
    else
        bad "$name"
    fi
}

skip()
{
    echo "skipped: $1"
}

# ---- The same options everywhere ----

"$program" --dump-manual >mailgloss.1
for shell in bash zsh fish; do
    "$program" --dump-completion "$shell" >"mailgloss.$shell" || bad "--dump-completion $shell"
done
"$program" --help | grep -oE '^  (-[A-Za-z]|--[a-z-]+)(, --[a-z-]+)?' | grep -oE -- '-[A-Za-z]$|-[A-Za-z],|--[a-z-]+' |
    tr -d , | sort >options
holds "the help lists its options" [ "$(wc -l <options)" -gt 30 ]
grep '^\.It Fl' mailgloss.1 | grep -oE 'Fl -?[A-Za-z][a-z-]*' | sed 's/^Fl /-/' | sort >options.1
same "the manual's options are those of the help" options options.1
sed -n "s/.*compgen -W '\(-[^']*\)'.*/\1/p" mailgloss.bash | tr ' ' '\n' | sort >options.bash
same "bash completes the options of the help" options options.bash
grep -E "^  '" mailgloss.zsh | grep -v '^  .\*:' |
    sed -E "s/^  '\([^)]*\)'\{([^}]*)\}.*/\1/; s/^  '\*?(-[A-Za-z-]*)=?\[.*/\1/" | tr , '\n' | sort >options.zsh
same "zsh completes the options of the help" options options.zsh
grep '^complete' mailgloss.fish |
    sed -E "s/ -d '.*//; s/ -(x|r -F).*//; s/complete -c mailgloss//; s/ -s ([A-Za-z])/-\1 /; s/ ?-l ([a-z-]*)/--\1 /" |
    tr -s ' ' '\n' | grep . | sort >options.fish
same "fish completes the options of the help" options options.fish

# ---- Readable for those who read them ----

if command -v mandoc >/dev/null 2>&1; then
    mandoc -T lint -W warning mailgloss.1 2>/dev/null | cat >lint
    : >nothing
    same "mandoc finds no fault in the manual" nothing lint
else
    skip "no mandoc"
fi
if command -v groff >/dev/null 2>&1; then
    groff -mdoc -ww -z -Kutf8 mailgloss.1 >lint 2>&1
    : >nothing
    same "groff finds no fault in the manual" nothing lint
else
    skip "no groff"
fi

# complete_bash WORD…: what bash offers for the last one.
complete_bash()
{
    bash -c '. ./mailgloss.bash
             COMP_WORDS=(mailgloss "$@"); COMP_CWORD=$#; _mailgloss
             printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort | paste -sd' '
}

expect()
{
    holds "$1 gives \"$2\", not \"$3\"" [ "$2" = "$3" ]
}

if command -v bash >/dev/null 2>&1; then
    touch lab.pcapng
    expect "bash: --la" "$(complete_bash --la)" "--lang"
    expect "bash: --lang" "$(complete_bash --lang '')" "en es"
    expect "bash: -T m" "$(complete_bash -T m)" "markdown mermaid moodle"
    expect "bash: a file" "$(complete_bash --where lab)" "lab.pcapng"
    expect "bash: --width" "$(complete_bash --width '')" ""
else
    skip "no bash"
fi
if command -v zsh >/dev/null 2>&1; then
    holds "zsh reads its completion" zsh -n mailgloss.zsh
else
    skip "no zsh"
fi
if command -v fish >/dev/null 2>&1; then
    holds "fish reads its completion" fish -n mailgloss.fish
    fish -c 'source mailgloss.fish; complete -C "mailgloss --lang "' 2>/dev/null | cut -f1 | sort |
        paste -sd' ' >offered
    expect "fish: --lang" "$(cat offered)" "en es"
else
    skip "no fish"
fi

# ---- The examples ----

cp "$captures/smtp-pop3-delete.pcap" lab.pcapng
{
    sed -n 's/^\.Dl //p' mailgloss.1
    sed -n 's/^    \(mailgloss .*[^ ]\)   .*/\1/p' "$readme" | sed 's/ *$//'
} >examples
holds "manual and README have examples" [ "$(wc -l <examples)" -gt 15 ]
# Root becomes nobody before a message is written; then that user must be able to write there.
chmod 755 .
mkdir DIR
chmod 777 DIR
mkdir bin
ln -s "$program" bin/mailgloss
while read -r example; do
    case $example in
    *' -i '*)
        # Watching needs a network and a right; that the line is understood does not.
        ;;
    *)
        if PATH=$work/bin:$PATH sh -c "$example" >output 2>errors </dev/null; then
            holds "$example: prints something" [ -s output ]
        else
            bad "$example: fails"
            sed 's/^/    /' errors
        fi
        ;;
    esac
done <examples
for file in handout.html quiz.gift worksheet.html key.html; do
    holds "the manual's example writes $file" [ -s "$file" ]
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
