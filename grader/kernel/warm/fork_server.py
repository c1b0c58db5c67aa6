"""The fork server: one warm process with one thread that forks a kernel for each connection to its socket.

It starts before there is anything to steal, with an environment of its own, and reads no course data:
what a kernel gets comes with its request. One connection is one kernel: the request goes in, `up` with
descriptors comes back (or what went wrong), in the end its exit code; whoever hangs up ends the kernel.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.kernel.sandbox import cgroup, memory
from grader.kernel.sandbox.isolation import FIRST_USER, STUDENT, USERS, has_root
from grader.kernel.sandbox.kernel_request import Request
from grader.kernel.sandbox.visible_files import kernel_view
from grader.kernel.warm import before_forking
from grader.kernel.warm.kernel_processes import Birth, keep
from grader.lab.messages import N_, Message, message

MOST_BYTES, MOST_FILES = 1 << 17, 200
PATIENCE = 0.1  # seconds between two looks at memory and time
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Kernel:
    """A kernel that lives, as seen from here."""

    keeper: int
    line: socket.socket
    request: Request
    user: int
    cgroup: cgroup.Cgroup | None
    ends_at: float
    why: Message | None = None


class ForkServer:
    """Serves on a listening socket until its owner, another process, is gone."""

    def __init__(self, listener: socket.socket, owner: int) -> None:
        self.listener = listener
        self.owner = owner
        self.view = kernel_view()
        self.as_root = has_root()
        self.cgroups = cgroup.find_parent()
        self.kernels: dict[int, Kernel] = {}  # by their line's descriptor
        self.callers: dict[int, socket.socket] = {}  # connected, but nothing asked yet
        self.numbers = 0
        self.poll = select.poll()
        self.wake, waker = socket.socketpair()
        for end in (self.wake, waker):
            end.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGHUP):  # Ctrl-C is meant for the owner, who decides
            signal.signal(number, signal.SIG_IGN)
        for descriptor in (listener.fileno(), owner, self.wake.fileno()):
            self.poll.register(descriptor, select.POLLIN)

    def serve(self) -> None:
        """Answer until the owner is gone; then every kernel goes too."""
        while True:
            ready = {descriptor for descriptor, _ in self.poll.poll(PATIENCE * 1000 if self.kernels else None)}
            if self.owner in ready:
                break
            if self.wake.fileno() in ready:
                with suppress(BlockingIOError):
                    self.wake.recv(4096)
                self._reap()
            if self.listener.fileno() in ready:
                self._accept()
            for descriptor in ready & self.kernels.keys():
                # nothing is ever said on it again: its other end is closed
                self._end(self.kernels[descriptor])
            for descriptor in ready & self.callers.keys():
                self._answer(self.callers.pop(descriptor))
            self._watch()
        for kernel in self.kernels.values():
            self._end(kernel)
        while self.kernels:
            select.select([self.wake], [], [], 1)
            self._reap()

    def _accept(self) -> None:
        line, _ = self.listener.accept()
        _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        # the socket lies in a directory that is ours alone; this holds even if somebody loosens that
        if user != os.geteuid():
            line.close()
            return
        self.callers[line.fileno()] = line
        self.poll.register(line.fileno(), select.POLLIN)

    def _answer(self, line: socket.socket) -> None:
        files: list[int] = []
        try:
            line.settimeout(1)
            data, files, _, _ = socket.recv_fds(line, MOST_BYTES, MOST_FILES, socket.MSG_CMSG_CLOEXEC)
            request = Request.from_plain(json.loads(data))
            if len(files) != len(request.files):
                raise ValueError("files are missing")
            if before_forking.threads() != 1:
                raise before_forking.TooManyThreads(f"{before_forking.threads()} threads")
            kernel = self._fork(request, line, files)
        except before_forking.TooManyThreads as problem:
            self._refuse(line, message(N_("the warm process can't be forked: it has {why}"), why=str(problem)))
        except (ValueError, KeyError, TypeError, OSError) as problem:
            why = f"{type(problem).__name__}: {problem}"
            self._refuse(line, message(N_("the request for a kernel can't be carried out: {why}"), why=why))
        else:
            self.kernels[line.fileno()] = kernel
        finally:
            for descriptor in files:
                os.close(descriptor)

    def _fork(self, request: Request, line: socket.socket, files: list[int]) -> Kernel:
        self.numbers += 1
        user = self._free_user() if self.as_root else os.geteuid()
        limited = None
        if self.cgroups:
            with suppress(OSError):  # the watch below does what it would have done
                limited = cgroup.make(self.cgroups, f"{os.getpid()}-{self.numbers}", request.limits)
        inside = user if self.as_root else STUDENT
        data = dict(zip(request.files, files, strict=True))
        birth = Birth(request, line, data, inside, self.as_root, self.view, limited)
        keeper = os.fork()
        if keeper == 0:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            keep(birth)
        return Kernel(keeper, line, request, user, limited, time.monotonic() + request.limits.seconds)

    def _free_user(self) -> int:
        """Nobody's on this machine: the limit for processes counts all of a user's, another grader's too."""
        taken = {kernel.user for kernel in self.kernels.values()}
        for process in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                taken.add(os.stat(f"/proc/{process}").st_uid)
        return random.choice([user for user in range(FIRST_USER, FIRST_USER + USERS) if user not in taken])

    def _refuse(self, line: socket.socket, why: Message) -> None:
        self.poll.unregister(line.fileno())
        with suppress(OSError):
            line.send(json.dumps({"message": why.to_plain()}).encode())
        line.close()

    def _watch(self) -> None:
        """What no limit of the system's own bounds here: memory of all processes together, and time."""
        for kernel in self.kernels.values():
            limits = kernel.request.limits
            if kernel.why is not None:
                continue
            if time.monotonic() > kernel.ends_at:
                kernel.why = message(N_("the notebook took longer than {seconds} s"), seconds=f"{limits.seconds:g}")
                self._end(kernel)
            elif kernel.cgroup is None:
                most = limits.memory_mb << 20
                if memory.held(memory.family(kernel.keeper), most) > most:
                    kernel.why = _out_of_memory(kernel)
                    self._end(kernel)

    def _end(self, kernel: Kernel) -> None:
        # the first process inside dies with its keeper, and with it everything inside
        with suppress(ProcessLookupError):
            os.kill(kernel.keeper, signal.SIGKILL)

    def _reap(self) -> None:
        keepers = {kernel.keeper: kernel for kernel in self.kernels.values()}
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            if process in keepers:
                self._bury(keepers[process], os.waitstatus_to_exitcode(status))

    def _bury(self, kernel: Kernel, code: int) -> None:
        descriptor = kernel.line.fileno()
        del self.kernels[descriptor]
        self.poll.unregister(descriptor)
        if kernel.cgroup:
            if kernel.why is None and kernel.cgroup.ended_by_memory():
                kernel.why = _out_of_memory(kernel)
            kernel.cgroup.remove()
        words: dict[str, Any] = {"exit": code, "message": kernel.why and kernel.why.to_plain()}
        with suppress(OSError):
            kernel.line.send(json.dumps(words).encode())
        kernel.line.close()


def _out_of_memory(kernel: Kernel) -> Message:
    megabytes = kernel.request.limits.memory_mb
    return message(N_("the notebook held more than {megabytes} MB of memory"), megabytes=megabytes)


def main() -> None:
    """Get warm, listen on `--socket`, say so on stdout, and serve until the process `--owner` is gone."""
    import ctypes

    arguments = argparse.ArgumentParser()
    arguments.add_argument("--socket", type=Path, required=True)
    arguments.add_argument("--owner", type=int, required=True)
    options = arguments.parse_args()
    owner = os.pidfd_open(options.owner)
    if os.getppid() != options.owner:
        sys.exit("started by somebody else")
    try:
        before_forking.warm()
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), None, None, None)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(str(options.socket))
        listener.listen(64)
        fork_server = ForkServer(listener, owner)
        os.write(1, b"ready\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        fork_server.serve()
    finally:
        shutil.rmtree(options.socket.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
