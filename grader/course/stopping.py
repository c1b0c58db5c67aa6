"""Work that is ended from outside, and Ctrl-C and SIGTERM as requests to end it, which are never lost.

Python raises KeyboardInterrupt wherever its main thread is. While an object is freed or a callback runs it is dropped,
and where another thread gets the signal the main thread goes on waiting. So a thread of ours hears the request and ends
the kernels and examiners that are being waited for, and the main thread stops as soon as it looks whether it is to.
Should it not come to that, it is interrupted, again and again. A second request ends the process at once.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

REQUESTS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 5.0  # seconds, for the main thread to look
SAME = 0.5  # seconds in which a second signal is the same request: `timeout` sends two
INTERRUPTED = 130
SHOW_CURSOR = b"\x1b[?25h\n"


class Stopped(BaseException):
    """Grading is given up: nothing is started any more."""


class Stop:
    """What to call to end a piece of work from outside, if it has said so."""

    def __init__(self) -> None:
        self.asked = False
        self._ends: list[Callable[[], None]] = []

    def calls(self, end: Callable[[], None]) -> None:
        """Have `end` called when the work is to stop. Raises Stopped: that is now."""
        self._ends.append(end)
        self.check()

    def forget(self, end: Callable[[], None]) -> None:
        """Don't call that any more."""
        with suppress(ValueError):
            self._ends.remove(end)

    @contextmanager
    def part(self) -> Iterator[Stop]:
        """The same for a piece of this work, for as long as that goes on."""
        part = Stop()
        self._ends.append(part.ask)
        if self.asked:
            part.asked = True
        try:
            yield part
        finally:
            self.forget(part.ask)

    def check(self) -> None:
        if self.asked:
            raise Stopped

    def ask(self) -> None:
        self.asked = True
        for end in list(self._ends):
            with suppress(Exception):
                end()


class Listener:
    """Hears requests to end this process, and has its `stop` asked, until it is closed; made in the main thread."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.stop = Stop()
        self.asked = False
        self.ending = False  # set by whoever was to stop and does: nothing interrupts that
        self._numbers = frozenset(numbers)
        self._number, self._first = 0, 0.0  # the first request, and when it came
        self._insists, self._own = False, 0  # how many of the signals on their way are our own
        self._main = threading.main_thread().ident or 0
        self._line, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        self._thread = threading.Thread(target=self._listen, name="stopping", daemon=True)
        self._thread.start()
        # rung in whichever thread the system gives a signal to, and while the main thread runs no Python
        self._rung_before = signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._handle) for number in numbers}

    def close(self) -> None:
        """Leave requests to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._rung_before)
        self._bell.close()
        self._thread.join(1)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._insists and not self.ending:
            raise KeyboardInterrupt

    def _listen(self) -> None:
        with self._line:
            while True:
                waits = PATIENCE if self._first and not self.ending else None
                if not select.select([self._line], [], [], waits)[0]:
                    self._insist()
                elif not (rung := self._line.recv(1)):
                    return
                elif rung[0] in self._numbers:
                    self._hear(rung[0])

    def _hear(self, number: int) -> None:
        now = time.monotonic()
        if self._own:
            self._own -= 1
        elif not self._first:
            self._first, self._number = now, number
            # not here: what is to be ended may be slow to let that be done, and there is a second request to hear
            threading.Thread(target=self.stop.ask, name="stop", daemon=True).start()
        elif now - self._first > SAME:
            end_at_once()

    def _insist(self) -> None:
        if not self.ending:
            self._own += 1
            self._insists = True
            signal.pthread_kill(self._main, self._number)  # a lock or a call that the main thread waits in ends with it


def end_at_once() -> NoReturn:
    """End this process; its kernels and examiners see that, and end too. Files are whole at every moment."""
    if os.isatty(1):
        os.write(1, SHOW_CURSOR)  # the progress bar has hidden it
    os._exit(INTERRUPTED)


_listener: Listener | None = None


def listen() -> Listener | None:
    """What hears this process's requests to end from now on; None where they are others' affair."""
    global _listener
    if _listener is not None or threading.current_thread() is not threading.main_thread():
        return None
    left_to_python = (signal.default_int_handler, signal.SIG_DFL)
    numbers = [number for number in REQUESTS if signal.getsignal(number) in left_to_python]
    if numbers:
        _listener = Listener(numbers)
    return _listener


def requested() -> Stop:
    """What a request to end this process asks; where none is heard, nobody does."""
    return Stop() if _listener is None else _listener.stop


@contextmanager
def stoppable() -> Iterator[Stop]:
    """What Ctrl-C and SIGTERM ask meanwhile. Raises KeyboardInterrupt: they have, and the work has stopped, or come to
    its end all the same."""
    global _listener
    listener = listen()
    if listener is None:
        yield requested()
        return
    try:
        with as_interrupt():
            yield listener.stop
    finally:
        _listener = None
        listener.close()
    if listener.asked:
        raise KeyboardInterrupt


@contextmanager
def as_interrupt() -> Iterator[None]:
    """For code that isn't ours: it knows Ctrl-C, and nothing of `Stopped`."""
    try:
        yield
    except Stopped:
        raise KeyboardInterrupt from None


def ending() -> None:
    """Whoever was to stop does, and isn't to be interrupted at that."""
    if _listener is not None:
        _listener.ending = True
