"""What a kernel's standard output and error are: flushed where there is something, and complete where a cell ends."""

from __future__ import annotations

import codecs
import os
import select
import threading
from typing import Any

from ipykernel.iostream import OutStream

PIPE_BYTES = 1 << 16  # what a pipe holds


class Stream(OutStream):
    """An output stream without needless waiting.

    A kernel flushes both streams twice a cell, and each time waits for the thread that sends; here it waits only if
    something was written. What programs write below Python comes by way of a pipe that a thread reads: a flush reads
    it too, so that a cell shows what its own programs wrote whether or not that thread has had its turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._latest = self._shown = object()  # of what was written, and of what was sent before a flush came back
        self._reading = threading.RLock()  # what a student's code does when an object is freed may flush meanwhile
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    def write(self, string: str) -> int:
        count = super().write(string) or 0
        self._latest = object()
        return count

    def flush(self) -> None:
        if os.getpid() == self._master_pid:  # a fork has no thread that gives the lock back
            self._take()
        latest = self._latest
        if latest is not self._shown:
            super().flush()  # type: ignore[no-untyped-call]
            self._shown = latest  # not earlier: another thread's flush may be on its way only

    def _watch_pipe_fd(self) -> None:
        """The thread's life."""
        while self._should_watch and self._take(wait=None):
            pass

    def _take(self, wait: float | None = 0) -> bool:
        """Write what is in the pipe; false where nothing will ever come again."""
        pipe: Any = self._fid
        try:
            select.select([pipe], [], [], wait)
            with self._reading:
                # another thread may have been here first
                if not select.select([pipe], [], [], 0)[0]:
                    return True
                found = os.read(pipe, PIPE_BYTES)
                if text := self._decoder.decode(found):
                    self.write(text)
        except (OSError, ValueError, TypeError):  # there is no pipe, or a student's code has closed it
            return False
        return bool(found)
