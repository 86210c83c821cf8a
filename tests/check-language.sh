#!/bin/sh
# With --lang es everything that mailgloss says is Spanish, in every format: no sentence or label of
# the English glossary is left, locations of CSV and JSON apart.  And how a language is chosen.
srcdir=${srcdir-.}
builddir=${builddir-.}
program=$(cd "$builddir" && pwd)/mailgloss
cd "$srcdir" || exit 1
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LANGUAGE LC_MESSAGES LANG
LC_ALL=C.UTF-8
export LC_ALL

# holds NAME COMMAND…
holds()
{
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name"
    fi
}

# ---- Which language ----

# begins WHAT TEXT
begins()
{
    case $2 in
    "$1"*) return 0 ;;
    esac
    echo "    $2"
    return 1
}

# ends_with STATUS LINES COMMAND…: its status, and how many lines it says on stderr.
ends_with()
{
    status=$1
    lines=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    [ "$?" -eq "$status" ] && [ "$(wc -l <"$work/err")" -eq "$lines" ]
}

said()
{
    "$@" --explain smtp | sed -n 2p
}

holds "an unknown language is one sentence, status 2" \
    ends_with 2 1 "$program" --lang xx captures/smtp-pop3-delete.pcap
holds "… which names those there are" grep -q 'en, es' "$work/err"
holds "English where nothing else is asked for" begins "  SMTP hands" "$(said "$program")"
holds "--lang es" begins "  SMTP entrega" "$(said "$program" --lang es)"
holds "--lang es_MX" begins "  SMTP entrega" "$(said "$program" --lang es_MX)"
holds "the environment's language" \
    begins "  SMTP entrega" "$(said env LC_ALL= LANG=es_ES.UTF-8 "$program")"
holds "LC_MESSAGES goes before LANG" \
    begins "  SMTP hands" "$(said env LC_ALL= LC_MESSAGES=en_GB.UTF-8 LANG=es_ES.UTF-8 "$program")"
holds "--lang goes before the environment" \
    begins "  SMTP hands" "$(said env LC_ALL= LANG=es_ES.UTF-8 "$program" --lang en)"
holds "a language without a glossary gives English" \
    begins "  SMTP hands" "$(said env LC_ALL= LANG=de_DE.UTF-8 "$program")"
"$program" --dump-glossary --lang es >"$work/dump"
holds "--dump-glossary prints the Spanish one" cmp -s "$work/dump" glossary/es.ini

# ---- All of it ----

# Sentences and labels of three words and more that Spanish says in another way.
awk -F= '
    /^\[/ { group = $0; next }
    /^#/ || !/=/ || $1 ~ /^(verb|reference|sample|asks|state|effect)$/ { next }
    {
        text = substr($0, length($1) + 2)
        gsub(/\\\\/, "\\", text)
        if (FNR == NR)
            spanish[group $1] = text
        else if (group !~ /^\[label\.(where|sample)-/ && text !~ /{/ && split(text, words, " ") >= 3 &&
                 spanish[group $1] != text)
            print text
    }' glossary/es.ini glossary/en.ini >"$work/english"
holds "the English glossary has sentences" [ "$(wc -l <"$work/english")" -gt 2000 ]

captured=0
for capture in captures/*.pcap captures/*.pcapng; do
    [ -f "$capture" ] && [ "$captured" -lt 12 ] || continue
    captured=$((captured + 1))
    for arguments in '-T html' '-T html --handout blank' '-T html --handout key' '-T markdown' \
        '-T markdown --handout key' '-T json' '-T csv' '-T mermaid' '-T svg' '-T gift' '-T moodle' \
        '-T text --width 1000' '-T text --where'; do
        # shellcheck disable=SC2086
        "$program" --lang es --detail deep --no-pager $arguments "$capture" >"$work/out" 2>/dev/null
        # What is written as markup or escaped stands in its plain form again.
        sed 's/<[^>]*>//g; s/&quot;/"/g; s/\\\([[:punct:]]\)/\1/g' "$work/out" >"$work/plain"
        if grep -nFf "$work/english" "$work/plain" >"$work/left"; then
            failed=$((failed + 1))
            echo "FAIL $capture $arguments: English is left"
            head -n 3 "$work/left" | cut -c1-200 | sed 's/^/    /'
        else
            passed=$((passed + 1))
        fi
    done
done
holds "captures were read" [ "$captured" -ge 10 ]
"$program" --lang es -T html captures/smtp-pop3-delete.pcap >"$work/out"
holds "HTML names its language" grep -q '<html lang="es">' "$work/out"
"$program" --lang es --no-pager --width 80 captures/smtp-pop3-delete.pcap >"$work/out"
holds "a longer head of a column stays in one piece" grep -q 'Acción .* Protocolo ' "$work/out"
"$program" --lang es -T json captures/smtp-pop3-delete.pcap >"$work/out"
holds "JSON keeps its words for locations" grep -q '"location":"User device and server"' "$work/out"
"$program" --lang es -T csv captures/smtp-pop3-delete.pcap >"$work/out"
holds "CSV keeps its words for locations" grep -q ',Email server,M1,' "$work/out"
holds "CSV keeps its header" begins \
    'step,session,frames,time,protocol,action,result,explanation,location,message,reference' \
    "$(head -n 1 "$work/out")"
"$program" --lang es --ascii captures/smtp-pop3-delete.pcap >"$work/out"
LC_ALL=C grep -n '[^ -~]' "$work/out" >"$work/left"
holds "ASCII mode is ASCII" [ ! -s "$work/left" ]
"$program" --lang es --ascii --explain mail >"$work/out"
LC_ALL=C grep -n '[^ -~]' "$work/out" >"$work/left"
holds "… of explanations too" [ ! -s "$work/left" ]
holds "… which it gives" grep -q '^Como trabajan juntos SMTP, POP3 e IMAP$' "$work/out"
"$program" --lang es --ascii --explain imap ALL >"$work/out"
LC_ALL=C grep -n '[^ -~]' "$work/out" >"$work/left"
holds "… and of their examples" [ ! -s "$work/left" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
