"""Times `bartizan clear` beside its peers on the same input, in turn, on this machine.

Made-up rounds meet OR-Tools' LinearSumAssignment (assignment.py; it uses one thread). Wants lists meet
TradeMaximizer, which repeats its search as often as the list's ITERATIONS say, and FastTradeMaximizer,
which goes on to look for more users who trade; where the reader has them.

Two times of each: the solver's alone (LinearSumAssignment's `solve()`, our `solve_s`), and the whole
process from start to end. Our process reads the text; LinearSumAssignment's reads arcs from a binary
file made beforehand, so that parsing in Python does not count against it; Python's start does. Memory is
the process's peak resident set; on Linux a process cannot be seen to use less than the script that starts
it, so such figures appear as `< 15`. Each figure is the median of the repeats; the programs take turns.
"""

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
LISTS = HERE.parents[1].parent / "shared" / "data" / "mathtrade"
BARTIZAN = os.environ["BARTIZAN"]


def main():
    parser = argparse.ArgumentParser(description="Times bartizan beside its peers.")
    parser.add_argument("what", nargs="*", help="a number of items to make up, or a wants list")
    parser.add_argument("--repeats", type=int, help="how often; by default more for small rounds")
    arguments = parser.parse_args()
    sizes = [int(what) for what in arguments.what if what.isdigit()]
    lists = [Path(what) for what in arguments.what if not what.isdigit()]
    if not arguments.what:
        sizes = [10_000, 100_000, 1_000_000]
        lists = sorted(LISTS.glob("*.txt"))

    WORK.mkdir(exist_ok=True)
    print(machine() + "\n")
    if sizes:
        compare_rounds(sizes, arguments.repeats)
    if lists:
        compare_lists(lists, arguments.repeats)
    elif not arguments.what:
        print(f"\nNo wants lists in {LISTS}: none compared. Name some as arguments.")


# Made-up rounds


def compare_rounds(sizes, repeats):
    print("Made-up rounds (bartizan generate mathtrade --seed 1) and OR-Tools' LinearSumAssignment\n")
    rows = []
    for size in sizes:
        path = WORK / f"mathtrade_{size}.txt"
        with open(path, "wb") as out:
            generate = [BARTIZAN, "generate", "mathtrade", "--items", str(size), "--seed", "1"]
            subprocess.run(generate, stdout=out, check=True)
        arcs = WORK / f"mathtrade_{size}.arcs"
        assignment = [sys.executable, str(HERE / "assignment.py")]
        wants = json.loads(subprocess.check_output([*assignment, "prepare", str(path), str(arcs)]))["wants"]
        commands = {
            "LSA": [*assignment, "solve", str(arcs)],
            "ours": [BARTIZAN, "clear", str(path), "--quiet", "--timing"],
        }
        runs = take_turns(commands, repeats or max(1, min(9, 300_000 // size)))
        traded = {json.loads(run["out"])["traded"] for run in runs["LSA"]} | {traded_by_us(path)}
        if len(traded) > 1:
            sys.exit(f"{path}: the programs trade different numbers of items: {sorted(traded)}")
        theirs = [json.loads(run["out"])["solve_s"] for run in runs["LSA"]]
        ours = [our_timing(run)["solve_s"] for run in runs["ours"]]
        row = [f"{size:,}", f"{wants:,}", f"{traded.pop():,}", str(len(ours))]
        row += pair(statistics.median(theirs), statistics.median(ours), seconds)
        row += pair(median(runs["LSA"], "seconds"), median(runs["ours"], "seconds"), seconds)
        row += pair(median(runs["LSA"], "bytes"), median(runs["ours"], "bytes"), megabytes)
        rows.append(row)
    head = ["items", "wants", "traded", "runs"]
    for figure in ["solve s", "process s", "peak MB"]:
        head += [f"LSA {figure}", f"our {figure}", "LSA/our"]
    print_table(head, rows)


# Wants lists


def compare_lists(paths, repeats):
    print("\nWants lists; whole processes\n")
    peers = {}
    if jar := os.environ.get("TRADEMAXIMIZER_JAR"):
        peers["TradeMaximizer"] = ["java", "-jar", jar]
    else:
        print("TradeMaximizer: absent (TRADEMAXIMIZER_JAR is not set).")
    if program := os.environ.get("FAST_TRADEMAXIMIZER"):
        peers["FastTradeMaximizer"] = [program]
    else:
        print("FastTradeMaximizer: absent (FAST_TRADEMAXIMIZER is not set).")
    if not peers:
        return
    rows, failures = [], []
    for path in paths:
        traded = traded_by_us(path)
        for peer, command in peers.items():
            commands = {"peer": command, "ours": [BARTIZAN, "clear", str(path), "--quiet", "--timing"]}
            runs = take_turns(commands, repeats or 5, stdin=path, strict=False)
            first = runs["peer"][0]
            its_traded = trades_named(first["out"]) if first["status"] == 0 else None
            if its_traded is None:
                last_words = (first["err"] + first["out"]).strip().splitlines()[-1:]
                failures.append(f"{peer} fails on {path.stem}: {''.join(last_words)}")
                continue
            row = [path.stem, peer, str(its_traded), str(traded), str(len(runs["ours"]))]
            row += pair(median(runs["peer"], "seconds"), median(runs["ours"], "seconds"), seconds)
            row += pair(median(runs["peer"], "bytes"), median(runs["ours"], "bytes"), megabytes)
            rows.append(row)
    head = ["list", "peer", "it trades", "we trade", "runs"]
    print_table(head + ["its s", "our s", "its/our", "its MB", "our MB", "its/our"], rows)
    print("\n".join(["", *failures]))


# Running and reading


def take_turns(commands, repeats, stdin=os.devnull, strict=True):
    """Runs every command `repeats` times, one after the other; returns the runs of each."""
    runs = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            run = measure(command, stdin)
            if run["status"] != 0 and (strict or name == "ours"):
                sys.exit(f"{' '.join(command)} failed:\n{run['err']}")
            runs[name].append(run)
    return runs


def measure(command, stdin):
    """Runs `command`; returns its wall time, peak resident bytes, exit status and output."""
    with open(stdin, "rb") as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdin=source, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        seconds_taken = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return {
        "seconds": seconds_taken,
        "bytes": peak_bytes(usage),
        "status": child.returncode,
        "out": texts[0],
        "err": texts[1],
    }


def our_timing(run):
    """The line of JSON that --timing prints."""
    return json.loads(next(line for line in run["err"].splitlines() if line.startswith("{")))


def traded_by_us(path):
    """How many items `bartizan clear` trades, by its own report; the run is not timed."""
    run = measure([BARTIZAN, "clear", str(path), "--format", "trademaximizer"], os.devnull)
    traded = trades_named(run["out"])
    if run["status"] != 0 or traded is None:
        sys.exit(f"bartizan clear {path} names no number of trades:\n{run['err']}")
    return traded


def trades_named(report):
    found = re.search(r"Num trades\s*=\s*(\d+)", report)
    return int(found[1]) if found else None


def median(runs, figure):
    return statistics.median(run[figure] for run in runs)


def pair(theirs, ours, show):
    """Three cells: their figure, ours, and how many times ours theirs is, where both are known."""
    cells = [show(theirs), show(ours)]
    return [*cells, "-" if "<" in "".join(cells) else f"{theirs / ours:.1f}"]


def seconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def megabytes(value):
    own = peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
    return f"< {own / 1e6:.0f}" if value <= own else f"{value / 1e6:.0f}"


def peak_bytes(usage):
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def machine():
    """What this runs on, in a line."""
    model = platform.processor() or platform.machine()
    try:
        model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, OR-Tools {version('ortools')}"


def print_table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    main()
