"""Judges that are forked from one warm process: torch is imported once, however many judges there are and end.

The warm process has one thread, reads no trace, and holds nothing of its forks; what they say goes to whoever asked for
them. It lives as long as its line to the process that started it.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

READY = b"ready"
SWITCH = "--forks"
MOST_BYTES = 1 << 12
# elsewhere the system's own libraries don't survive a fork
CAN_FORK = sys.platform == "linux"

# by command, and by where it finds labs
_warm: dict[tuple[str, ...], WarmJudge] = {}
_lock = threading.Lock()


class ForkedJudge:
    """A fork of the warm process, with what is used of a `subprocess.Popen`."""

    def __init__(self, warm: WarmJudge, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self.returncode: int | None = None
        self._warm = warm
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        with self._lock:
            if self.returncode is None:
                self.returncode = self._warm.ended(self.pid)
            return self.returncode

    def kill(self) -> None:
        with self._lock:
            if self.returncode is None:  # until the warm process has been asked, the number is nobody else's
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (60.0 if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("judge", timeout or 0)
            time.sleep(0.005)
        return code


class WarmJudge:
    """The warm process of a command, as seen from the one that starts it; for several threads at once."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        with theirs:
            self._process = subprocess.Popen(
                [*command, SWITCH, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)
        self._line.settimeout(seconds)
        with suppress(OSError):
            if self._line.recv(MOST_BYTES) == READY:
                return
        self.close()
        raise RuntimeError("the judge's process does not start")

    @property
    def alive(self) -> bool:
        return self._owner == os.getpid() and self._process.poll() is None

    def fork(self, argument: str) -> ForkedJudge:
        """A fork that gets this argument, and talks on its stdin and stdout. Raises OSError: the warm process is
        gone."""
        requests, ours = os.pipe()
        answers, theirs = os.pipe()
        try:
            pid = self._ask({"fork": argument}, [requests, theirs])
        except OSError:
            os.close(ours)
            os.close(answers)
            raise
        finally:
            os.close(requests)
            os.close(theirs)
        return ForkedJudge(self, pid, os.fdopen(ours, "wb"), os.fdopen(answers, "rb"))

    def ended(self, pid: int) -> int | None:
        """How a fork ended, as `Popen.returncode` has it; None while it lives."""
        try:
            code: int | None = self._ask({"ended": pid})
        except OSError:
            return -signal.SIGKILL  # nobody knows any more
        return code

    def close(self) -> None:
        """End it; its forks end when they are hung up on."""
        atexit.unregister(self.close)
        self._line.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, request: dict[str, Any], files: Sequence[int] = ()) -> Any:
        with self._lock:
            try:
                socket.send_fds(self._line, [json.dumps(request).encode()], list(files))
                if answer := self._line.recv(MOST_BYTES):
                    return json.loads(answer)
            except BaseException:
                self.close()  # an answer that comes late would be taken for the next one
                raise
        raise ConnectionError("the warm process is gone")


def fork(command: Sequence[str], argument: str, environment: Mapping[str, str], seconds: float) -> ForkedJudge:
    """A fork of a command's warm process, which is started where there is none. Raises RuntimeError: it doesn't start
    within that time."""
    wanted = (*command, environment.get("PYTHONPATH", ""))
    for _ in range(2):
        with _lock:
            warm = _warm.get(wanted)
            if warm is None or not warm.alive:
                warm = _warm[wanted] = WarmJudge(command, environment, seconds)
        with suppress(OSError):
            return warm.fork(argument)
        warm.close()
    raise RuntimeError("the judge's process does not start")


def become(line: socket.socket) -> tuple[str, IO[bytes], IO[bytes]]:
    """In the warm process: fork whenever that is asked for, until the other end hangs up.

    Returns in each fork only: its argument, where its requests come from, and where its answers go.
    """
    if len(threads := os.listdir("/proc/self/task")) > 1:
        sys.exit(f"the judge's process has {len(threads)} threads and can't be forked")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the owner, who decides
    line.send(READY)
    while True:
        words, files, _, _ = socket.recv_fds(line, MOST_BYTES, 2, socket.MSG_CMSG_CLOEXEC)
        if not words:
            os._exit(0)
        request: dict[str, Any] = json.loads(words)
        if "fork" in request:
            pid = os.fork()
            if pid == 0:
                line.close()
                return request["fork"], os.fdopen(files[0], "rb"), os.fdopen(files[1], "wb")
            for descriptor in files:
                os.close(descriptor)
            line.send(json.dumps(pid).encode())
        else:
            line.send(json.dumps(_ended(request["ended"])).encode())


def _ended(pid: int) -> int | None:
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -signal.SIGKILL
    return os.waitstatus_to_exitcode(status) if found else None
