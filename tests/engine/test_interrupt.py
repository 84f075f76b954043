import signal
import threading

import pytest

from regluon.engine.interrupt import GracefulStop


@pytest.fixture(autouse=True)
def _handler():
    # A suite started in the background would ignore the signal.
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, outer)


def test_the_first_waits_until_checked():
    done = []
    with GracefulStop() as stop:
        signal.raise_signal(signal.SIGINT)
        done.append("step finished")
        with pytest.raises(KeyboardInterrupt):
            stop.check()
    assert done == ["step finished"]


def test_the_second_does_not_wait():
    with GracefulStop():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_at_once_does_not_wait():
    with GracefulStop() as stop:
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            signal.raise_signal(signal.SIGINT)
        assert stop.requested


def test_at_once_does_not_begin_after_a_request():
    with GracefulStop() as stop:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            pytest.fail("begun")


def test_the_outer_handler_comes_back():
    with GracefulStop():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_ignores_ctrl_c_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with GracefulStop() as stop:
        signal.raise_signal(signal.SIGINT)
        stop.check()
    assert not stop.requested


def test_other_threads_are_left_alone():
    seen = []

    def work():
        with GracefulStop() as stop:
            stop.check()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
