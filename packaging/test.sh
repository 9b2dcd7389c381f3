#!/usr/bin/env bash
# Installs what the tests need from Debian's packages, builds, and runs the tests. Bare: the normal run.
#   packaging/test.sh [--sanitize | --soak | --bench | --fuzz [SECONDS] | --tsan] [--again N] [-L LABEL]
#     (nothing)    dev build: unit, transcripts, simulator; release build: simulator, cluster, compat, browser, bench
#     --sanitize   everything of the normal run under ASan and UBSan
#     --soak       the long runs
#     --bench      the long benchmarks
#     --fuzz       libFuzzer (clang 14 is installed for it) on each target of tests/fuzz, 60 s if not told otherwise;
#                  what it finds lies in build/fuzz/found, what it has learnt in build/fuzz/corpus
#     --tsan       the unit tests of the layers with threads, under ThreadSanitizer
#     --again N    the tests of the normal run (without bench), of --sanitize or of --tsan, N times beside load that changes
#                  by chance: one busy loop; bursts of short processes, of fsyncs and of more busy loops; pauses. Tells how
#                  often each ran and failed; the output of each failed run is kept in build/again. SEED=NUMBER in the
#                  environment is the seed of the load
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
. packaging/packages.sh

mode=normal
fuzz_seconds=60
rounds=
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
    --again)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { say "test.sh: --again needs a number of rounds"; exit 2; }
      rounds=$2
      shift
      ;;
    -L) label=$2; shift ;;
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "test.sh: unknown option '$1' (see --help)"; exit 2 ;;
  esac
  shift
done
if [ -n "$rounds" ] && [[ $mode =~ ^(soak|bench|fuzz)$ ]]; then
  say "test.sh: --again goes with the normal run, --sanitize and --tsan; --$mode is long, or measures, by itself"
  exit 2
fi

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

# again PRESET SELECTION COUNT ...: the ctest cases of builds that ctest's options select, COUNT at a time, $rounds times.
again() {
  /usr/bin/python3 tests/support/again.py "$rounds" build/again "$@"
}

# again_normal: the parts of the normal run, or of the build in which it runs the label.
again_normal() {
  local dev='unit|transcripts|fuzz|simulator' release='compat' rest='cluster|browser|simulator' parts=()
  if [ -n "$label" ]; then
    [[ $label =~ ^($dev)$ ]] && dev=$label || dev=
    [[ $label =~ ^(unit|transcripts|fuzz)$ ]] && release= || release=$label
    rest=
  fi
  if [ -n "$dev" ]; then
    part "build dev" build dev dev_tests
    parts+=(dev "-L ^($dev)$" 6)
  fi
  if [ -n "$release" ]; then
    part "build release" build release release_tests
    parts+=(release "-L ^($release)$" 6)
  fi
  [ -n "$rest" ] && parts+=(release "-L ^($rest)$" 6)
  part "$rounds times" again "${parts[@]}"
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
  export TSAN_OPTIONS="suppressions=$PWD/tests/support/tsan.supp"
  if [ -n "$rounds" ]; then
    setarch -R /usr/bin/python3 tests/support/again.py "$rounds" build/again tsan '-R ^unit_(transport|storage|system|http)' 1
    return
  fi
  for name in transport storage system http; do
    setarch -R "build/tsan/bin/unit_$name" --gtest_brief=1 ||
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
    if [ -n "$rounds" ]; then
      again_normal
    elif [ -n "$label" ]; then
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
    if [ -n "$rounds" ]; then
      part "$rounds times" again dev "-L ^(${label:-unit|transcripts|fuzz|simulator|compat|cluster|browser})$" 2
    elif [ -n "$label" ]; then
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
