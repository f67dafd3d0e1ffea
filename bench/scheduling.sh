#!/usr/bin/env bash
# Makes each change of docs/scheduling.md to the loops there, and checks its values or its refusal.
#
#     bench/scheduling.sh [RICCI]           prints the table of the page: what each change does to the speed
#     bench/scheduling.sh [RICCI] --check   checks alone
#
# RICCI: the command; ./ricci of this repository where it is left out. Changed texts stay in $OUT where that is set.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ricci="$root/ricci"
only_check=
for word in "$@"; do
    if [ "$word" = --check ]; then only_check=yes; else ricci=$word; fi
done
out=${OUT:-$(mktemp -d)}
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT
mkdir -p "$out"

# planned.ein is the page's text; N.ein are its changes, N.about what each replaces a line by, N.refusal why it is none.
awk -v out="$out" '
    /^```ein$/ && !base { mode = "base"; next }
    /^```diff$/ || /^```refused / {
        mode = "change"; ++count; lines = base
        for (i = 1; i <= base; ++i) text[i] = planned[i]
        about = ""; at = 0
        if (/^```refused /) { sub(/^```refused /, ""); print > (out "/" count ".refusal") }
        next
    }
    /^```/ {
        if (mode == "change") {
            for (i = 1; i <= lines; ++i) print text[i] > (out "/" count ".ein")
            print about > (out "/" count ".about")
        }
        if (mode == "base") for (i = 1; i <= base; ++i) print planned[i] > (out "/planned.ein")
        mode = ""; next
    }
    mode == "base" { planned[++base] = $0 }
    mode == "change" && /^-/ {
        line = substr($0, 2)
        for (at = 1; at <= lines && text[at] != line; ++at) {}
        if (at > lines) { print "docs/scheduling.md: no line \"" line "\" in the text" > "/dev/stderr"; exit 1 }
        for (i = at; i < lines; ++i) text[i] = text[i + 1]
        --lines
    }
    mode == "change" && /^\+/ {
        line = substr($0, 2)
        for (i = lines; i >= at; --i) text[i + 1] = text[i]
        text[at++] = line; ++lines
        sub(/^ +/, "", line); sub(/  predicted.*/, "", line)
        if (about == "" || line ~ /^for / && about !~ /^for /) about = line
    }
' "$root/docs/scheduling.md"

changes=$(ls "$out" | sed -n 's/^\([0-9]*\)\.ein$/\1/p' | sort -n)
[ -n "$only_check" ] || printf '| change | other/planned |\n|---|---|\n'
for change in $changes; do
    text="$out/$change.ein"
    if [ -e "$out/$change.refusal" ]; then
        said=$("$ricci" run "$text" 2>&1 >"$out/values") && { echo "change $change is not refused" >&2; exit 1; }
        case "$said" in
            *"$(cat "$out/$change.refusal")") continue ;;
            *) printf 'change %s is refused with another reason:\n%s\n' "$change" "$said" >&2; exit 1 ;;
        esac
    fi
    "$ricci" run "$text" --check >"$out/values" || { cat "$out/values" >&2; exit 1; }
    [ -n "$only_check" ] && continue
    ratio=$("$ricci" bench kernel "$out/planned.ein" "$text" --only sum.to --seconds 2 | tail -1 |
        sed -n 's/.*  \([0-9.]* ([0-9.]*-[0-9.]*)\)$/\1/p')
    printf '| `%s` | %s |\n' "$(cat "$out/$change.about")" "$ratio"
done
[ -n "$only_check" ] || printf '\n%s\n' "$("$ricci" --version | tr '\n' ';' | sed 's/;$//; s/;/; /g')"
