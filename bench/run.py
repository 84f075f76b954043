"""Time operators of regluon, MXNet and torchvision side by side, in turns, and print the ratios.

    python bench/run.py [WORD ...]      only cases that hold one of the words

MXNet and torchvision live in environments of their own; ``REGLUON_BENCH_MXNET`` and ``REGLUON_BENCH_TORCHVISION`` name
their Pythons. A peer that is not named is left out. ``--write`` puts the table into RESULTS.md beside this file.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS, SECONDS = 5, 0.4

# For each case, how many times as fast as the faster peer it is to be.
BARS = {
    "box_nms 5,000": 4,
    "box_nms 20,000": 4,
    "box_nms 8 x 1,000": 4,
    "bipartite_matching 8 x 8732 x 50": 150,
    "MultiBoxTarget 16 x 8732": 15,
    "MultiBoxDetection 8 x 21 x 8732": 2.5,
    "MultiProposal 2 x 22,800": 2.5,
    "DeformableConvolution": 2,
    "DeformableConvolution and gradients": 4,
    "ModulatedDeformableConvolution": 2,
    "PSROIPooling 300": 2,
    "DeformablePSROIPooling 300": 3,
    "ROIAlign 300 x 64": 2,
    "box_iou 8732 x 100": 1,
    "AdaptiveAvgPooling2D": 1,
    "BilinearResize2D": 1,
    "CTCLoss 100 x 16 x 80": 1,
}


class Worker:
    """A system in a process of its own, asked case by case."""

    def __init__(self, python: str, script: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [python, str(HERE / script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=HERE, env={**os.environ, "OMP_NUM_THREADS": "2"}, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, case: str) -> dict:
        """Return the answer of one round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{case.replace(' ', '_')} {SECONDS}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline() or '{"error": "the process ended"}')


def main() -> int:
    """Run the cases and print the table; return 1 if a bar is missed."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    workers = {"regluon": Worker(sys.executable, "worker_arrays.py", "regluon")}
    if os.environ.get("REGLUON_BENCH_MXNET"):
        workers["MXNet 1.9.1"] = Worker(os.environ["REGLUON_BENCH_MXNET"], "worker_arrays.py", "mxnet")
    if os.environ.get("REGLUON_BENCH_TORCHVISION"):
        workers["torchvision"] = Worker(os.environ["REGLUON_BENCH_TORCHVISION"], "worker_torchvision.py")
    lines = [f"| case | {' | '.join(f'{name}, ms' for name in workers)} | times as fast as the faster peer | bar |"]
    lines.append("|---" * (len(workers) + 3) + "|")
    print(*lines, sep="\n")
    missed = False
    for case, bar in BARS.items():
        if words and not any(word.lower() in case.lower() for word in words):
            continue
        answers: dict[str, list[dict]] = {name: [] for name in workers}
        for _ in range(ROUNDS):
            for name, worker in workers.items():
                answers[name].append(worker.ask(case))
        times = {name: [one["ms"] for one in each if "ms" in one] for name, each in answers.items()}
        medians = {name: statistics.median(each) for name, each in times.items() if each}
        cells = [f"{medians[name]:.3g}" if name in medians else _why(answers[name][0]) for name in workers]
        peers = [value for name, value in medians.items() if name != "regluon"]
        ratio = min(peers) / medians["regluon"] if peers and "regluon" in medians else None
        missed |= ratio is not None and ratio < bar
        lines.append(f"| {case} | {' | '.join(cells)} | {f'{ratio:.1f}' if ratio else '-'} | {bar} |")
        print(lines[-1], flush=True)
    if "--write" in sys.argv:
        _write(lines)
    return int(missed)


def _why(answer: dict) -> str:
    return "-" if "missing" in answer else answer.get("error", "?")[:60]


def _write(lines: list[str]) -> None:
    processor = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    text = f"""# Operators side by side

One run on {processor}, 2 cores, float32: the median of {ROUNDS} rounds in turns, each of {SECONDS} seconds.
The bar is how many times as fast as the faster peer the operator is to be. To repeat it:

```console
$ REGLUON_BENCH_MXNET=/path/to/its/python REGLUON_BENCH_TORCHVISION=/path/to/its/python make bench
```

"""
    (HERE / "RESULTS.md").write_text(text + "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
