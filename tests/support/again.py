"""Runs tests again and again beside changing_load.py, and tells how often each failed. packaging/test.sh --again calls it.

    again.py ROUNDS FOLDER PRESET SELECTION COUNT [PRESET SELECTION COUNT ...]

Each round runs, of each build, what ctest's options SELECTION select (soak and bench-long apart), COUNT at a time. FOLDER
is made anew; the output of each run that failed is kept in it. Exit status 1 if any failed, or none was found."""
import collections
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree

LOAD = pathlib.Path(__file__).with_name("changing_load.py")
OUTPUT_MOST = 10_000_000  # bytes that are kept of one test


@contextlib.contextmanager
def changing_load():
    seed = [os.environ["SEED"]] if os.environ.get("SEED") else []
    load = subprocess.Popen([sys.executable, str(LOAD), *seed], stdin=subprocess.PIPE)
    try:
        yield load
    finally:
        load.stdin.close()
        load.wait()


def run_once(preset, selection, count, report):
    """{test: (whether it failed, its output)} of one run of ctest."""
    report.unlink(missing_ok=True)
    subprocess.run(["ctest", "--test-dir", f"build/{preset}", *selection.split(), "-LE", "^(soak|bench-long)$", "-j", count,
                    "--output-junit", str(report.resolve()), "--test-output-size-failed", str(OUTPUT_MOST)],
                   stdout=subprocess.DEVNULL)
    cases = xml.etree.ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()
    return {case.get("name"): (case.get("status") != "run", case.findtext("system-out") or "")
            for case in cases if case.get("status") != "disabled"}


def main():
    rounds, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    parts = [tuple(sys.argv[at:at + 3]) for at in range(3, len(sys.argv), 3)]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    runs, failures = collections.Counter(), collections.Counter()
    with changing_load() as load:
        for number in range(1, rounds + 1):
            for part in parts:
                for name, (failed, output) in run_once(*part, folder / "report.xml").items():
                    test = f"{part[0]} {name}"
                    runs[test] += 1
                    if failed:
                        failures[test] += 1
                        kept = folder / f"{part[0]}-{name}-{number}.txt"
                        kept.write_text(output)
                        print(f"FAILED: {test}, its output is {kept}", flush=True)
            print(f"round {number} of {rounds} is over", flush=True)
            if load.poll() is not None:
                sys.exit("the load has ended before the tests: they were not beside it")
    (folder / "report.xml").unlink(missing_ok=True)
    print(f"\n{'test':60s} {'runs':>5s} {'failed':>7s}")
    for test in sorted(runs, key=lambda each: (-failures[each], each)):
        print(f"{test:60s} {runs[test]:5d} {failures[test]:7d}")
    return 1 if failures or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
