"""Threads for compiled loops: a batch in equal parts, each image in exactly one of them.

The loops are serial and release the interpreter's lock, so plain threads run them side by side. Parallelism inside
numba is not used: its OpenMP layer dies in forked data-loading workers, its own layer must not be entered by two
threads. An answer never depends on the number of threads, because no image is shared between two.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import torch

__all__ = ["over_batch"]

# A batch of fewer numbers is done sooner than other threads are awake.
_SMALL = 20_000

# Parts per thread: images differ in cost, so whoever is done early takes another part.
_PARTS_PER_THREAD = 4

_pool: ThreadPoolExecutor | None = None
_pool_lock = threading.Lock()


def over_batch(work: Callable[[int, int], object], images: int, elements: int) -> None:
    """Run ``work(start, stop)`` over parts that make up ``range(images)``, on at most torch's number of threads.

    The calling thread takes parts too, and all of them where the batch is small or no other thread is free; so calls
    from many threads at once, from forked processes and at the end of the program all come to an end.

    Args:
        work: what to do with images ``start`` to ``stop - 1``; it must spend its time in a compiled loop.
        images: size of the batch.
        elements: how many numbers the whole batch holds, a measure of the work.
    """
    threads = min(torch.get_num_threads(), images) if elements >= _SMALL else 1
    if threads < 2:
        work(0, images)
        return
    parts = min(images, threads * _PARTS_PER_THREAD)
    edges = [images * part // parts for part in range(parts + 1)]
    waiting = deque(pairwise(edges))

    def take_parts() -> None:
        while True:
            try:
                start, stop = waiting.popleft()
            except IndexError:
                return
            work(start, stop)

    helpers = _start(take_parts, threads - 1)
    try:
        take_parts()
    finally:
        waiting.clear()
        # A helper that a busy pool has not begun has nothing left to do; the others still write into the answer.
        errors = [helper.exception() for helper in helpers if not helper.cancel()]
    for error in errors:
        if error is not None:
            raise error


def _start(task: Callable[[], None], count: int) -> list[Future[None]]:
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="regluon")
        pool = _pool
    helpers: list[Future[None]] = []
    # RuntimeError: the program is ending, or may have no more threads; the calling thread does what is left.
    with suppress(RuntimeError):
        while len(helpers) < count:
            helpers.append(pool.submit(task))
    return helpers


def _forget_pool() -> None:
    # A forked child has the pool object of its parent, but none of its threads.
    global _pool, _pool_lock
    _pool, _pool_lock = None, threading.Lock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_pool)
