#!/usr/bin/env bash
# Installs what the tests need from Debian's packages, builds, and runs the tests. Bare: the normal run.
#   packaging/test.sh [--sanitize | --soak | --bench] [-L LABEL]
#     (nothing)    dev build: unit, transcripts, simulator; release build: simulator, cluster, compat, browser, bench
#     --sanitize   everything of the normal run under ASan and UBSan
#     --soak       the long runs
#     --bench      the long benchmarks
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
. packaging/packages.sh

mode=normal
label=
while [ $# -gt 0 ]; do
  case "$1" in
    --sanitize) mode=sanitize ;;
    --soak) mode=soak ;;
    --bench) mode=bench ;;
    -L) label=$2; shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
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

# tests PRESET LABELS: the ctest cases of one build with one of the labels.
tests() {
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -L "^($2)$" -LE "^(${3:-soak|bench-long})$" --schedule-random -j "${4:-2}"
}

browser_modules() {
  need_node
  [ -f tests/browser/node_modules/playwright-core/package.json ] ||
    (cd tests/browser && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
}

begin=$SECONDS
part packages need_packages "${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}"
[ -d tests/browser ] && part "browser modules" browser_modules
case "$mode" in
  normal)
    if [ -n "$label" ]; then
      part "build release" build release release_tests
      part "$label" tests release "$label" soak 1
    else
      part "build dev" build dev dev_tests
      part "build release" build release release_tests
      part "dev: unit, transcripts" tests dev 'unit|transcripts|fuzz'
      part "dev: simulator" tests dev simulator
      part "release: simulator" tests release simulator
      part "release: compat" tests release compat soak 1
      part "release: cluster" tests release cluster soak 1
      part "release: browser" tests release browser soak 1
      part "release: bench" tests release bench soak 1
    fi
    ;;
  sanitize)
    part "build dev" build dev
    part "all under sanitizers" tests dev "${label:-unit|transcripts|fuzz|simulator|compat|cluster|browser}" soak 1
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
