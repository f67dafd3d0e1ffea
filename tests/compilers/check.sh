#!/usr/bin/env bash
# What other compilers say of the tree, as far as they are installed; a missing one is SKIPPED (exit status 77).
#   check.sh SOURCE headers COMPILER   the blocks of C++ of README and docs/data.md, every public header alone, and all headers
#                                      together. There is no warning, and no header of another folder reaches the example
#   check.sh SOURCE aarch64            ir, passes, frontend, codegen, and what of runtime is not for x86 alone
#   check.sh SOURCE tree COMPILER BUILD [FOLDER...]
#                                      every source of these folders, or of all five, with what BUILD compiles it for: no warning
set -euo pipefail
source=$1 what=$2
usual=(-std=c++2b -fsyntax-only -Wall -Wextra -Wpedantic -Werror)
flags=("${usual[@]}" -Wshadow)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
    echo "SKIPPED: $1 is not installed"
    exit 77
}

headers() {
    local compiler=$1 file name
    command -v "$compiler" > /dev/null || skip "$compiler"
    # The first block of C++ in the README is a whole program.
    sed -n '/^```cpp$/,/^```$/p' "$source/README.md" | sed '1d;/^```$/,$d' > "$work/readme.cpp"
    grep -q 'include <ricci.h>' "$work/readme.cpp" || { echo "the README has no example"; exit 1; }
    "$compiler" "${usual[@]}" -I "$source/frontend/include" "$work/readme.cpp"
    # Each block behind it is the body of a function that is given a compiled function.
    awk 'BEGIN { print "#include <ricci.h>\nusing namespace ricci;" }
         /^```cpp$/ { if (++count > 1) { inside = 1; print "void block" count "(Function& predict) {" } next }
         /^```$/ { if (inside) print "}"; inside = 0 }
         inside' "$source/README.md" > "$work/blocks.cpp"
    # So are all blocks of docs/data.md.
    awk '/^```cpp$/ { inside = 1; print "void data" ++count "(Function& predict) {"; next }
         /^```$/ { if (inside) print "}"; inside = 0 }
         inside' "$source/docs/data.md" >> "$work/blocks.cpp"
    grep -q 'Array x(' "$work/blocks.cpp" || { echo "the README has no block that makes an Array"; exit 1; }
    "$compiler" "${usual[@]}" -Wno-unused-variable -Wno-unused-parameter -I "$source/frontend/include" "$work/blocks.cpp"
    for file in "$source"/frontend/include/ricci/*.h; do
        name=ricci/$(basename "$file")
        echo "#include <$name>" > "$work/alone.cpp"
        "$compiler" "${flags[@]}" -I "$source/frontend/include" "$work/alone.cpp" || { echo "$name"; exit 1; }
    done
    # No other folder is on the way of includes; what is reached says so too.
    "$compiler" -std=c++2b -M -I "$source/frontend/include" "$work/readme.cpp" | tr ' \\' '\n\n' |
        { grep "^$source/" || true; } | { grep -v "^$source/frontend/include/" || true; } > "$work/inner"
    if [[ -s $work/inner ]]; then
        echo "these reach every user:"
        cat "$work/inner"
        exit 1
    fi
    (cd "$source" && find ir passes runtime codegen frontend -name '*.h' | sort) |
        sed 's,.*frontend/include/,,; s,.*,#include "&",' > "$work/all.cpp"
    "$compiler" "${usual[@]}" -I "$source" -I "$source/frontend/include" "$work/all.cpp"
    echo "the README's $(grep -c '^```cpp$' "$source/README.md") blocks of C++ and $(wc -l < "$work/all.cpp") headers, no warning"
}

aarch64() {
    local compiler=aarch64-linux-gnu-g++ file files=0
    command -v "$compiler" > /dev/null || skip "$compiler"
    # Libraries whose headers are the same for all processors; the compiler's own come first.
    local command=("$compiler" "${flags[@]/-fsyntax-only/-O0}" -Wno-unused-parameter -I "$source" -I "$source/frontend/include"
                   -isystem /usr/lib/llvm-19/include -idirafter /usr/include)
    # The headers that the build precompiles are read once here, too.
    sed -n '/^set(ricci_common_headers/,/)/p' "$source/cmake/ricci_library.cmake" | { grep -o '<[a-z0-9_/.]*>' || true; } |
        sed 's/^/#include /' > "$work/common.h"
    [[ -s $work/common.h ]] || { echo "cmake/ricci_library.cmake lists no common headers"; exit 1; }
    "${command[@]}" -x c++-header "$work/common.h" -o "$work/common.h.gch"
    while read -r file; do
        "${command[@]}" -Winvalid-pch -include "$work/common.h" -fsyntax-only "$file" ||
            { echo "$file"; exit 1; }
        files=$((files + 1))
    done < <(find "$source/ir" "$source/passes" "$source/frontend" "$source/runtime" "$source/codegen" -name '*.cpp' \
                 -not -name version.cpp -not -path '*/call/convolution/avx*' | sort)
    echo "$files files for aarch64"
}

tree() {
    local compiler=$1 build=$2 file own wrong=0 files=0 folders=("${@:3}")
    command -v "$compiler" > /dev/null || skip "$compiler"
    ((${#folders[@]})) || folders=(ir passes runtime codegen frontend)
    # Each source has the instruction sets, definitions and silenced warnings of its line there; the rest is the same for all.
    awk -F'": "' '/^ *"command":/ { command = $2 } /^ *"file":/ { sub(/",?$/, "", $2); print $2 " " command }' \
        "$build/compile_commands.json" > "$work/commands"
    local command=("$compiler" -std=c++2b -Wall -Wextra -Werror -Wno-unknown-warning-option -I "$source"
                   -I "$source/frontend/include" -isystem /usr/lib/llvm-19/include)
    # Files with their own instruction sets cannot share what the others have parsed.
    sed -n '/^set(ricci_common_headers/,/)/p' "$source/cmake/ricci_library.cmake" | { grep -o '<[a-z0-9_/.]*>' || true; } |
        sed 's/^/#include /' > "$work/common.h"
    [[ -s $work/common.h ]] || { echo "cmake/ricci_library.cmake lists no common headers"; exit 1; }
    "${command[@]}" -x c++-header "$work/common.h" -o "$work/common.pch"
    while read -r file; do
        grep -qF "$file " "$work/commands" || { echo "$build/compile_commands.json has no $file"; exit 1; }
        mapfile -t own < <(grep -F "$file " "$work/commands" | head -n 1 | tr -d '\\' | tr ' ' '\n' | grep -E '^-(m|D|Wno-)' || true)
        [[ " ${own[*]}" = *' -m'* ]] || own+=(-include-pch "$work/common.pch")
        # Whether a function may use an instruction is looked at where code is made.
        if [[ $file = */call/* ]]; then own+=(-c -o "$work/object.o"); else own+=(-fsyntax-only); fi
        "${command[@]}" "${own[@]}" "$file" || { echo "$file"; wrong=1; }
        files=$((files + 1))
    done < <(find "${folders[@]/#/$source/}" -name '*.cpp' | sort)
    echo "$files files with $compiler"
    return $wrong
}

"$what" "${@:3}"
