"""Requests to stop are heard whatever the main thread is at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from grader.course.stopping import Stop, Stopped, requested, stoppable

DEAF = """
import threading
from grader.course import stopping
stopping.PATIENCE = 0.2
with stopping.stoppable() as stop:
    print("here", flush=True)
    for _ in range({dropped}):
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("dropped", flush=True)
"""


def test_what_ends_work_is_called_once_the_work_is_to_stop_and_not_when_it_is_over() -> None:
    called: list[str] = []
    stop = Stop()

    def noted(name: str) -> Callable[[], None]:
        return lambda: called.append(name)

    def fails() -> None:
        raise ProcessLookupError

    with stop.part() as part:
        part.calls(noted("over"))
    with stop.part() as part:
        part.calls(fails)
        part.calls(noted("at work"))
        stop.ask()
        assert called == ["at work"]
        with pytest.raises(Stopped):
            part.check()
    with stop.part() as late, pytest.raises(Stopped):
        late.calls(noted("late"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_ends_what_is_waited_for_and_interrupts_nothing(number: signal.Signals) -> None:
    ended, came_here = threading.Event(), False
    with pytest.raises(KeyboardInterrupt), stoppable() as stop:
        assert requested() is stop
        stop.calls(ended.set)
        os.kill(os.getpid(), number)
        ended.wait()
        came_here = True
        stop.check()
    assert came_here
    assert requested() is not stop
    assert signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL)


def test_a_request_that_comes_after_the_last_piece_of_work_is_one_all_the_same() -> None:
    with pytest.raises(KeyboardInterrupt), stoppable():
        os.kill(os.getpid(), signal.SIGINT)


def test_a_request_that_others_care_for_stays_theirs() -> None:
    heard: list[int] = []
    before = [signal.signal(number, lambda number, _: heard.append(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with stoppable() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM] and not stop.asked
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_main_thread_that_waits_for_ever_and_drops_interrupts_is_interrupted_until_it_stops(
    number: signal.Signals,
) -> None:
    with _deaf(dropped=2) as process:
        process.send_signal(number)
        said, _ = process.communicate()
        assert said.splitlines() == ["dropped", "dropped"]
        assert process.returncode == -signal.SIGINT  # Python's own way to end with KeyboardInterrupt


def test_a_second_request_ends_a_process_that_drops_all_interrupts() -> None:
    with _deaf(dropped=10**9) as process:
        process.send_signal(signal.SIGINT)
        for _ in range(4):  # so long that it can't be the first one's echo
            assert process.stdout is not None and process.stdout.readline() == "dropped\n"
        process.send_signal(signal.SIGINT)
        process.communicate()
        assert process.returncode == 130


def _deaf(dropped: int) -> subprocess.Popen[str]:
    """A process that waits for ever and drops so many interrupts, once it listens."""
    command = [sys.executable, "-c", DEAF.format(dropped=dropped)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None and process.stdout.readline() == "here\n"
    return process
