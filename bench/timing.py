"""A worker: waits for names of cases on its input and answers each with a time. Runs under Python 3.8 too."""

import json
import os
import sys
import time

# On a machine that does much else, the processor's time says more than a clock; of one thread, that is.
BUSY = os.environ.get("REGLUON_BENCH_BUSY") == "1"
now = time.process_time if BUSY else time.perf_counter


def serve(cases, after=lambda _: None):
    """Answer ``<case> <seconds>`` lines with the milliseconds of the fastest of the calls made for so long.

    The fastest, because whatever else the machine does only adds to a call.

    Args:
        cases: for each name, a function that prepares inputs and returns the call to time.
        after: waits until a call's result is there.
    """
    cases = {name.replace(" ", "_"): case for name, case in cases.items()}
    calls = {}
    for line in sys.stdin:
        name, seconds = line.split()
        if name not in cases:
            answer = {"missing": True}
        else:
            try:
                if name not in calls:
                    calls[name] = cases[name]()
                    after(calls[name]())  # compiles, allocates
                    after(calls[name]())
                answer = {"ms": _fastest(calls[name], after, float(seconds))}
            except Exception as error:  # the others go on
                answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[:1]}"}
        print(json.dumps(answer), flush=True)


def _fastest(call, after, seconds):
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 1000):
        start = now()
        after(call())
        times.append(1000 * (now() - start))
    return min(times)
