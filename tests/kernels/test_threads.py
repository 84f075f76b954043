"""A batch is spread over threads so that each image is done once, whatever the threads do."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from regluon.kernels import threads as spreading
from regluon.kernels.threads import over_batch

MUCH = 10**9


def done(images: int, elements: int = MUCH) -> list[int]:
    """List the images that were worked on, sorted."""
    numbers: list[int] = []
    over_batch(lambda start, stop: numbers.extend(range(start, stop)), images, elements)
    return sorted(numbers)


@pytest.mark.parametrize("count", [1, 2, 3, 16])
@pytest.mark.parametrize("images", [0, 1, 2, 7, 8, 9, 100])
def test_each_image_is_done_once(count: int, images: int, threads):
    threads(count)
    assert done(images) == list(range(images))


def test_threads_work_side_by_side(threads):
    threads(2)
    # Only passed if two threads are inside at once.
    meeting = threading.Barrier(2)
    over_batch(lambda start, stop: meeting.wait(timeout=30), 2, MUCH)


@pytest.mark.parametrize(("images", "elements"), [(8, 100), (1, MUCH)], ids=["small batch", "one image"])
def test_little_work_stays_in_the_calling_thread(images: int, elements: int, threads):
    threads(2)
    workers = []
    over_batch(lambda start, stop: workers.append((threading.get_ident(), start, stop)), images, elements)
    assert workers == [(threading.get_ident(), 0, images)]


def test_no_more_threads_than_torch_has(threads):
    threads(1)
    workers = set()
    over_batch(lambda start, stop: workers.add(threading.get_ident()), 50, MUCH)
    assert workers == {threading.get_ident()}


@pytest.mark.parametrize("broken", ["first", "other"])
def test_an_error_arrives_whoever_meets_it(broken: str, threads):
    threads(2)
    meeting = threading.Barrier(2)
    caller = threading.get_ident()

    def work(start: int, stop: int) -> None:
        meeting.wait(timeout=30)
        if (threading.get_ident() == caller) == (broken == "first"):
            raise ArithmeticError("this image is broken")

    with pytest.raises(ArithmeticError, match="this image is broken"):
        over_batch(work, 2, MUCH)


def test_without_other_threads_the_caller_does_everything(monkeypatch, threads):
    def refuse(*arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    threads(4)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    assert done(20) == list(range(20))


def test_calls_inside_calls_come_to_an_end(threads):
    threads(3)
    inner: list[list[int]] = []
    over_batch(lambda start, stop: inner.extend(done(9) for _ in range(start, stop)), 40, MUCH)
    assert inner == [list(range(9))] * 40


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_threads_of_its_own(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    over_batch(lambda start, stop: None, 2, MUCH)
    assert spreading._pool is not None
    child = os.fork()
    if child == 0:
        status = 1
        try:
            meeting = threading.Barrier(2)
            over_batch(lambda start, stop: meeting.wait(timeout=30), 2, MUCH)
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
