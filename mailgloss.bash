# Completion of mailgloss for bash.
_mailgloss()
{
    local current=${COMP_WORDS[COMP_CWORD]}
    case ${COMP_WORDS[COMP_CWORD-1]} in
    -T) COMPREPLY=($(compgen -W 'text markdown json csv html' -- "$current")); return ;;
    --detail) COMPREPLY=($(compgen -W 'brief normal deep' -- "$current")); return ;;
    --body) COMPREPLY=($(compgen -W 'none head full' -- "$current")); return ;;
    --handout) COMPREPLY=($(compgen -W 'full blank key' -- "$current")); return ;;
    --paper) COMPREPLY=($(compgen -W 'a4 letter' -- "$current")); return ;;
    -t) COMPREPLY=($(compgen -W 'r a ad e d' -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$current")); return ;;
    esac
    if [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W '-r -i -D -f -c -s -p -B -Z -d -T -o --where --message --session --detail --body --handout --title --paper --seed -H --lang --glossary --dump-glossary --explain --show-secrets -t --color --width --ascii --no-pager --max-memory -q --quiet -v --verbose -V --version -h --help' -- "$current"))
    else
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}
complete -o filenames -F _mailgloss mailgloss
