#!/usr/bin/env bash
# Tests the ./ricci wrapper with stand-ins for apt, cmake and ninja that write down how they were called.
# usage: check.sh SOURCE CASE; the cases are the functions named case_*.
set -euo pipefail
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clone="$work/a clone" tools="$work/tools" calls="$work/calls"
mkdir -p "$clone/build/release" "$tools"
cp "$source/ricci" "$source/CMakePresets.json" "$clone"
touch "$calls"
chmod -R a+rwX "$work"

# stand_in NAME BODY: a program of that name, found first, that notes its arguments and then does BODY.
stand_in() {
    printf '#!/bin/bash\necho "%s $*" >>"%s"\n%s\n' "$1" "$calls" "$2" >"$tools/$1"
    chmod a+rx "$tools/$1"
}
fail() { printf '%s\n' "$@"; exit 1; }
# expect STATUS TEXT COMMAND...: the command ends with STATUS and what it prints contains TEXT.
expect() {
    local status=0 output
    output=$("${@:3}" 2>&1 </dev/null) || status=$?
    [[ $status = "$1" ]] || fail "expected status $1, got $status" "$output"
    [[ $output = *"$2"* ]] || fail "expected: $2" "got: $output"
}
called() { grep -qF -- "$1" "$calls" || fail "expected a call of: $1" "$(<"$calls")"; }
not_called() { ! grep -q "^$1 " "$calls" || fail "did not expect a call of $1" "$(<"$calls")"; }
ordinary_user() { if ((EUID == 0)); then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }

stand_in dpkg-query 'shift 3; printf "installed %s\n" "$@"'
stand_in apt-get ''
stand_in cmake 'b=$4; echo "CMAKE_HOME_DIRECTORY:INTERNAL=$2" >"$b/CMakeCache.txt"; touch "$b/build.ninja"'
stand_in ninja 'printf "#!/bin/bash\necho program: \$*; cat; exit 7\n" >"$2/ricci"; chmod +x "$2/ricci"'
PATH=$tools:$PATH

case_passes_arguments_input_and_status() {
    local status=0 output
    output=$(cd / && echo "input" | "$clone/ricci" run "a b" --check) || status=$?
    [[ $status = 7 && $output = "program: run a b --check"$'\n'"input" ]] || fail "status $status" "$output"
}
case_installs_nothing_that_is_there() {
    expect 7 "program: opt" "$clone/ricci" opt
    not_called apt-get
}
case_looks_for_packages_once() {
    expect 7 "" "$clone/ricci" opt
    : >"$calls"
    expect 7 "" "$clone/ricci" opt
    not_called dpkg-query
    not_called cmake
}
case_names_the_packages_and_the_command_without_root() {
    stand_in dpkg-query 'shift 3; printf "installed %s\n" "$@" | grep -v "libfmt-dev\|cmake"; exit 1'
    expect 2 "  libfmt-dev           formats text" ordinary_user "$clone/ricci" train
    expect 2 "run this again: sudo apt-get install -y --no-install-recommends cmake libfmt-dev" \
        ordinary_user "$clone/ricci" train
    not_called cmake
}
case_asks_for_the_package_lists_where_there_are_none() {
    stand_in dpkg-query 'exit 1'
    stand_in apt-get 'exit 100'
    expect 2 "sudo apt-get update && sudo apt-get install" ordinary_user "$clone/ricci" train
}
case_wants_the_test_library_for_tests_only() {
    stand_in dpkg-query 'shift 3; printf "installed %s\n" "$@" | grep -v libgtest-dev'
    expect 7 "program: train" ordinary_user "$clone/ricci" train
    expect 2 "libgtest-dev" ordinary_user "$clone/ricci" test
}
case_wants_other_compilers_where_they_are_asked_for() {
    stand_in ctest 'echo "Total Tests: 1"; echo "forced: ${RICCI_TEST_OPTIONS:-nothing}"'
    stand_in dpkg-query 'shift 3; printf "installed %s\n" "$@" | grep -v "clang-16\|aarch64"'
    expect 0 "forced: nothing" ordinary_user "$clone/ricci" test
    expect 2 "clang-16 g++-aarch64-linux-gnu" ordinary_user "$clone/ricci" test --compilers Conv
    expect 2 "clang-16 g++-aarch64-linux-gnu" ordinary_user "$clone/ricci" test --tile=5 --compilers
}
case_names_the_packages_of_another_system() {
    local needed="$work/needed" name
    mkdir "$needed"
    for name in bash readlink dirname mkdir rm nproc flock cat; do ln -s "$(command -v "$name")" "$needed"; done
    PATH=$needed expect 2 "this is not a Debian" "$clone/ricci" train
}
case_shows_the_compiler_error_and_names_the_log() {
    stand_in ninja 'echo "[1/2] Building a.o"; echo "FAILED: b.o"; echo "b.cpp:3:1: error: no such thing"; exit 1'
    expect 1 "b.cpp:3:1: error: no such thing" "$clone/ricci" train
    expect 1 "building failed; the whole log is $clone/build/release/build.log" "$clone/ricci" train
}
case_shows_the_configuration_error() {
    stand_in cmake 'echo "-- fine"; echo "CMake Error: no LLVM"; exit 1'
    expect 1 "CMake Error: no LLVM" "$clone/ricci" train
}
case_builds_in_the_folder_that_is_asked_for() {
    RICCI_BUILD_DIR="$work/else where" expect 7 "program: data" "$clone/ricci" data
    called "ninja -C $work/else where"
}
# In a folder of that name: the commands that build are called, or the name is refused before anything is made.
in_folder() {
    local named="$work/$2 named"
    mkdir -p "$named"
    cp "$source/ricci" "$source/CMakePresets.json" "$named"
    : >"$calls"
    if [[ $1 = works ]]; then
        expect 7 "program: opt" "$named/ricci" opt
    else
        expect 2 "ninja cannot follow a path with $(printf '%q' "$2") in it" "$named/ricci" opt
        [[ ! -e $named/build ]] || fail "a build folder was made in $named"
        not_called cmake
    fi
}
case_refuses_folders_whose_names_ninja_cannot_follow() {
    local name
    for name in "'" '"' '`' '&' ';' '<' '>' '|' '*' '?' '^' '[' ']' '\' $'\n' $'\t'; do in_folder refused "$name"; done
    RICCI_BUILD_DIR="$work/it's here" expect 2 "use another folder than $work/it's here" "$clone/ricci" opt
    not_called cmake
}
case_works_in_folders_with_other_names() {
    local name
    for name in ' ' '$' '(' '#' '%' ':' '=' ',' '@' '!' '~' '+' '{}' 'ü' '数'; do in_folder works "$name"; done
}
case_refuses_two_patterns() {
    expect 2 "test takes one pattern, but 2 were given" "$clone/ricci" test a b
}
case_runs_the_tests_with_a_choice_forced() {
    stand_in ctest 'echo "Total Tests: 1"; echo "forced: $RICCI_TEST_OPTIONS"'
    expect 0 "forced: --conv=im2col --tile=5" "$clone/ricci" test --conv=im2col --tile=5 Conv
    expect 2 "test takes --conv=METHOD, --gemm=METHOD, --tile=SAMPLES, --compilers and a pattern of test names, not --fast" \
        "$clone/ricci" test --fast
}
case_refuses_a_pattern_that_matches_nothing() {
    stand_in ctest 'echo "Total Tests: 0"'
    expect 2 "no test has a name that matches Nothing" "$clone/ricci" test Nothing
}
case_shows_the_golden_line_after_the_tests() {
    stand_in ctest 'd=$2/Testing/Temporary; mkdir -p "$d"; echo "golden ops: 3 of 4 cases run, 0 failed" >"$d/LastTest.log"
                    echo "Total Tests: 1"; exit 8'
    expect 8 "golden ops: 3 of 4 cases run, 0 failed" "$clone/ricci" test golden
    called "ctest --test-dir $clone/build/release --output-on-failure --parallel 2 -R golden"
}
case_lists_skipped_tests_with_their_reasons() {
    stand_in ctest 'd=$2/Testing/Temporary; mkdir -p "$d"; echo "Total Tests: 3"
                    printf "%s\n" "1/3 Testing: compilers.x" "SKIPPED: g++-12 is not installed" "2/3 Testing: Golden.y" \
                        "/a/b.cpp:12: Skipped" "there is no ../shared/golden" "3/3 Testing: Ok.z" "Test Passed." >"$d/LastTest.log"'
    expect 0 $'2 skipped:\n  compilers.x: g++-12 is not installed\n  Golden.y: there is no ../shared/golden' \
        "$clone/ricci" test
    stand_in ctest 'd=$2/Testing/Temporary; mkdir -p "$d"; echo "Total Tests: 1"; echo "1/1 Testing: Ok.z" >"$d/LastTest.log"'
    [[ $("$clone/ricci" test 2>&1) != *skipped* ]] || fail "nothing was skipped"
}

"case_$2"
