#!/usr/bin/env bash
# Installs what the tests need from Debian's packages, builds, and runs the tests. Bare: the normal run.
#   packaging/test.sh [--sanitize | --soak | --bench | --fuzz [SECONDS] | --tsan] [-L LABEL]
#     (nothing)    dev build: unit, transcripts, simulator; release build: simulator, cluster, compat, browser, bench
#     --sanitize   everything of the normal run under ASan and UBSan
#     --soak       the long runs
#     --bench      the long benchmarks
#     --fuzz       libFuzzer (clang 14 is installed for it) on each target of tests/fuzz, 60 s if not told otherwise;
#                  what it finds lies in build/fuzz/found, what it has learnt in build/fuzz/corpus
#     --tsan       the unit tests of the layers with threads, under ThreadSanitizer
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
. packaging/packages.sh

mode=normal
fuzz_seconds=60
label=
while [ $# -gt 0 ]; do
  case "$1" in
    --sanitize) mode=sanitize ;;
    --soak) mode=soak ;;
    --bench) mode=bench ;;
    --fuzz)
      mode=fuzz
      if [[ ${2-} =~ ^[0-9]+$ ]]; then fuzz_seconds=$2; shift; fi
      ;;
    --tsan) mode=tsan ;;
    -L) label=$2; shift ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "test.sh: unknown option '$1' (see --help)"; exit 2 ;;
  esac
  shift
done

times=()
failed=0
# part NAME COMMAND...: runs one part, keeps its time, and goes on after a failure so that all are seen.
part() {
  local name=$1 begin=$SECONDS outcome=ok
  shift
  say ""
  say "== $name"
  "$@" || { outcome=FAILED; failed=1; }
  times+=("$(printf '%-28s %4d s  %s' "$name" $((SECONDS - begin)) "$outcome")")
}

# tests PRESET LABELS [EXCEPT [COUNT]]: the ctest cases of one build with one of the labels, COUNT at a time (2): more
# than there are cores where most of them wait.
tests() {
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -L "^($2)$" -LE "^(${3:-soak|bench-long})$" -j "${4:-2}"
}

# fuzz NAME: one target for its time.
fuzz() {
  mkdir -p build/fuzz/found "build/fuzz/corpus/$1"
  "build/fuzz/bin/fuzz_$1" -max_total_time="$fuzz_seconds" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$1-" "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1" 2>&1 | tail -n 40
}

# tsan_run: each test binary in turn. TSan of g++ 12 needs an address space without much randomness.
tsan_run() {
  local name outcome=0
  for name in transport storage system http; do
    TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp" setarch -R "build/tsan/bin/unit_$name" --gtest_brief=1 ||
      outcome=1
  done
  return "$outcome"
}

# under_sanitizers: what the sanitizers of a program say, also of one that nobody listens to or that is started again,
# becomes a file of build/dev/reports. A small quarantine: tests that hold memory to a limit hold it here too.
under_sanitizers() {
  rm -rf build/dev/reports
  mkdir -p build/dev/reports
  chmod 1777 build/dev/reports  # programs that run as another user report as well
  export ASAN_OPTIONS="log_path=$PWD/build/dev/reports/address:quarantine_size_mb=16"
  export UBSAN_OPTIONS="log_path=$PWD/build/dev/reports/undefined:print_stacktrace=1"
  export LSAN_OPTIONS="suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0"
}

no_reports() {
  local found
  found=$(find build/dev/reports -type f)
  [ -z "$found" ] && return 0
  head -n 40 $found >&2  # unquoted: names of ours, without spaces
  return 1
}

browser_modules() {
  need_node
  [ -f tests/browser/node_modules/playwright-core/package.json ] ||
    (cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
}

begin=$SECONDS
part packages need_packages "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}"
[ "$mode" = fuzz ] && part "fuzz packages" need_packages "${fuzz_packages[@]}"
[ -d tests/browser ] && [ "$mode" != fuzz ] && [ "$mode" != tsan ] && part "browser modules" browser_modules
case "$mode" in
  normal)
    if [ -n "$label" ]; then
      part "build release" build release release_tests
      part "$label" tests release "$label" soak 1
    else
      part "build dev" build dev dev_tests
      part "build release" build release release_tests
      part "dev: unit to simulator" tests dev 'unit|transcripts|fuzz|simulator' soak 6
      part "release: compat" tests release compat soak 6
      part "release: cluster to simulator" tests release 'cluster|browser|simulator' soak 6
      part "release: bench" tests release bench soak 1
    fi
    ;;
  sanitize)
    part "build dev" build dev
    under_sanitizers
    if [ -n "$label" ]; then
      part "dev: $label" tests dev "$label" soak 1
    else
      part "dev: unit, transcripts" tests dev 'unit|transcripts|fuzz|simulator'
      part "dev: compat" tests dev compat soak 2
      part "dev: cluster, browser" tests dev 'cluster|browser' soak 1
    fi
    part "reports of sanitizers" no_reports
    ;;
  fuzz)
    part "build fuzz" build fuzz fuzz_targets
    for folder in tests/fuzz/corpus/*/; do
      name=$(basename "$folder")
      part "fuzz $name" fuzz "$name"
    done
    ;;
  tsan)
    part "build tsan" build tsan tsan_tests
    part "threads" tsan_run
    ;;
  soak)
    part "build release" build release release_tests
    part soak tests release soak none 1
    ;;
  bench)
    part "build release" build release release_tests
    part "long bench" tests release 'bench|bench-long' soak 1
    ;;
esac

say ""
say "Time of each part:"
printf '  %s\n' "${times[@]}" >&2
say "  all                          $((SECONDS - begin)) s"
exit "$failed"
