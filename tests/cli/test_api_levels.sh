#!/bin/bash
# The files of api/ are layered: no two of them call each other, directly or in a cycle. Read from the built library, whatever
# the headers say.
set -u
library="$(dirname "$BIN_DIR")/libbz_api.a"
[ -f "$library" ] || { echo "no $library: skipped"; exit 77; }
nm -A "$library" | awk '
    { file = $1; sub(/^[^:]*:/, "", file); sub(/:.*/, "", file) }
    $(NF - 1) ~ /^[TDRBC]$/ { owner[$NF] = file }
    $(NF - 1) == "U" { used[++n] = file " " $NF }
    END {
        for (i = 1; i <= n; i++) {
            split(used[i], use, " ")
            if (use[2] in owner && owner[use[2]] != use[1]) print use[1], owner[use[2]]
        }
    }' | sort -u >"${TMPDIR:-/tmp}/levels.$$"
trap 'rm -f "${TMPDIR:-/tmp}/levels.$$"' EXIT
pairs=$(wc -l <"${TMPDIR:-/tmp}/levels.$$")
[ "$pairs" -gt 50 ] || { echo "FAILED: only $pairs uses found in $library"; exit 1; }
said=$(tsort <"${TMPDIR:-/tmp}/levels.$$" 2>&1 >/dev/null) || { echo "FAILED: files of api/ call each other in a ring:"; echo "$said"; exit 1; }
echo "all passed ($pairs uses)"
