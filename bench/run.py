"""Time operators of regluon, MXNet and torchvision side by side, in turns, and print the ratios.

    python bench/run.py [--only PATTERN] [--write] [--busy]

MXNet and torchvision live in environments of their own; ``REGLUON_BENCH_MXNET`` and ``REGLUON_BENCH_TORCHVISION`` name
their Pythons. A peer that is not named is left out. Beside the operators this measures what the first calls compile,
and the memory that large cases take. ``--write`` puts the tables into RESULTS.md beside this file; the exit status is 1
if a bar is missed. ``--busy`` is for a machine that does much else meanwhile, where two threads wait for each other: it
gives every system one thread, and counts the processor's time.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dispatch
import memory
from rows import GROUPS, Group

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"

# What every system is started with.
THREADS: dict[str, str] = {}

# What the loops of all operators may take to compile, in seconds.
COMPILING = 10
# Seconds between the calls of two systems.
PAUSE = 0.25


class Worker:
    """A system in a process of its own, asked case by case."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE, stderr=subprocess.DEVNULL,
            env={**os.environ, **THREADS, **environment},
        )  # fmt: skip

    def ask(self, case: str, seconds: float) -> dict:
        """Return the answer of one round."""
        # OpenMP keeps the other system's threads spinning for a while after its last call.
        time.sleep(PAUSE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{case.replace(' ', '_')} {seconds}\n")
        self._process.stdin.flush()
        # Libraries may print, too.
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        return {"error": "the process ended"}


def main() -> int:
    """Measure what is asked for; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description="Time regluon beside MXNet and torchvision.")
    parser.add_argument("--only", metavar="PATTERN", default="", help="only cases that this regular expression finds")
    parser.add_argument("--write", action="store_true", help="put the tables into RESULTS.md")
    parser.add_argument("--busy", action="store_true", help="one thread each, and the processor's time")
    options = parser.parse_args()
    if options.busy:
        THREADS.update(OMP_NUM_THREADS="1", REGLUON_BENCH_BUSY="1", MXNET_CPU_WORKER_NTHREADS="1")
    sections = {group.title: side_by_side(group, options.only) for group in GROUPS.values()}
    sections["Dispatch"] = dispatch_costs(options.only)
    sections["First calls"] = first_calls(options.only)
    sections["Memory"] = large_cases(options.only)
    missed = [row for rows in sections.values() for row in rows if row.endswith("| missed |")]
    if options.write:
        _write({title: rows for title, rows in sections.items() if rows}, options.busy)
    print(f"\n{len(missed)} missed", *missed, sep="\n")
    return int(bool(missed))


def side_by_side(group: Group, pattern: str) -> list[str]:
    """Time the cases of a group, each system in turn, and give the rows of a table."""
    cases = [case for case in group.bars if re.search(pattern, case, re.IGNORECASE)]
    if not cases:
        return []
    workers = {name: Worker(command, group.environment) for name, command in group.commands.items()}
    rows = [f"| case | {' | '.join(f'{name}, ms' for name in workers)} | times as fast as the faster peer | bar | |"]
    rows.append("|---" * (len(workers) + 4) + "|")
    print(*rows, sep="\n")
    for case in cases:
        answers: dict[str, list[dict]] = {name: [] for name in workers}
        for _ in range(group.rounds):
            for name, worker in workers.items():
                if not answers[name] or "ms" in answers[name][0]:
                    answers[name].append(worker.ask(case, group.seconds))
        times = {name: min(one["ms"] for one in each) for name, each in answers.items() if "ms" in each[0]}
        cells = [f"{times[name]:.3g}" if name in times else _why(answers[name][0]) for name in workers]
        peers = [value for name, value in times.items() if name != "regluon"]
        ratio = min(peers) / times["regluon"] if peers and "regluon" in times else None
        told = "-" if ratio is None else f"{ratio:.3g}"
        rows.append(f"| {case} | {' | '.join(cells)} | {told} | {_verdict(ratio, group.bars[case])}")
        print(rows[-1], flush=True)
    return rows


def dispatch_costs(pattern: str) -> list[str]:
    """Measure what a call of a small operator costs beyond torch's own."""
    if not re.search(pattern, "dispatch", re.IGNORECASE):
        return []
    rows = ["| call | regluon, microseconds | torch | more | bar | |", "|---|---|---|---|---|---|"]
    found = subprocess.run([sys.executable, "dispatch.py"], cwd=HERE, capture_output=True, text=True, check=True)
    for name, (ours, theirs) in json.loads(found.stdout.splitlines()[-1]).items():
        kept = "kept" if ours - theirs < dispatch.BAR else "missed"
        rows.append(f"| {name} | {ours:.1f} | {theirs:.1f} | {ours - theirs:.1f} | {dispatch.BAR} | {kept} |")
    print("", *rows, sep="\n", flush=True)
    return rows


def first_calls(pattern: str) -> list[str]:
    """Measure what compiles with an empty cache, and again with the one that this leaves."""
    if not re.search(pattern, "first calls", re.IGNORECASE):
        return []
    rows = ["| process | loops compiled | processor seconds | bar | |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, bar in (("the first", COMPILING), ("the next", 0)):
            command, environment = [sys.executable, "first_calls.py"], {**os.environ, "NUMBA_CACHE_DIR": folder}
            found = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=True)
            answer = json.loads(found.stdout.splitlines()[-1])
            kept = "kept" if answer["seconds"] <= bar else "missed"
            rows.append(f"| {name} | {answer['loops']} | {answer['seconds']:.1f} | {bar} | {kept} |")
    print("", *rows, sep="\n", flush=True)
    return rows


def large_cases(pattern: str) -> list[str]:
    """Run large cases, each in a process of its own, and give the most memory that these took."""
    cases = {case: bar for case, (_, bar) in memory.CASES.items() if re.search(pattern, case, re.IGNORECASE)}
    rows = ["| case | memory of the whole process, GiB | seconds | bar | |", "|---|---|---|---|---|"] if cases else []
    for case, bar in cases.items():
        found = subprocess.run(
            [sys.executable, "memory.py", case], cwd=HERE, capture_output=True, text=True, check=True
        )
        answer = json.loads(found.stdout.splitlines()[-1])
        kept = "kept" if answer["gigabytes"] < bar else "missed"
        rows.append(f"| {case} | {answer['gigabytes']:.2f} | {answer['seconds']:.1f} | {bar} | {kept} |")
    print("", *rows, sep="\n", flush=True)
    return rows


def _verdict(ratio: float | None, bar: float) -> str:
    if ratio is None:
        return f"{bar:.3g} | no peer |"
    return f"{bar:.3g} | {'kept' if ratio >= bar else 'missed'} |"


def _why(answer: dict) -> str:
    return "-" if "missing" in answer else answer.get("error", "?").replace("|", " ")[:60]


def _write(sections: dict[str, list[str]], busy: bool) -> None:
    processor = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    options = "--busy --write" if busy else "--write"
    how = (
        "on one thread each, by the processor's time, for the machine was busy"
        if busy
        else "with the threads they take of themselves"
    )
    text = f"""# Side by side

One run on {processor}, {os.cpu_count()} cores, on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, in float32:
{_versions()}.
Systems take turns in rounds of calls, {how}.
A time is that of the fastest call, because whatever else a machine does only adds to it. The bar is how many times as
fast as the faster peer an operator is to be. On two cores MXNet 1.9.1 takes one thread of itself, and with
`OMP_NUM_THREADS=2` in the environment two, which nearly halves the times of its networks. To repeat the run:

```console
$ REGLUON_BENCH_MXNET=/path/to/its/python REGLUON_BENCH_TORCHVISION=/path/to/its/python make bench ARGS='{options}'
```

`make bench ARGS='--only nms'` runs the cases that hold a word.
"""
    for title, rows in sections.items():
        text += f"\n## {title}\n\n" + "\n".join(rows) + "\n"
    RESULTS.write_text(text)


def _versions() -> str:
    # Each system's Python says what it has.
    wanted = [(sys.executable, ("regluon", "torch", "numba", "numpy"))]
    wanted += [
        (os.environ[variable], names)
        for variable, names in (
            ("REGLUON_BENCH_MXNET", ("mxnet",)),
            ("REGLUON_BENCH_TORCHVISION", ("torchvision", "torch")),
        )
        if os.environ.get(variable)
    ]
    return "; ".join(", ".join(_version(python, name) for name in names) for python, names in wanted)


def _version(python: str, name: str) -> str:
    ask = f"import {name}; print({name}.__version__)"
    found = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    return f"{name} {found.stdout.split()[-1]}"


if __name__ == "__main__":
    sys.exit(main())
