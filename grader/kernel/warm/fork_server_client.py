"""The grader's side of the fork server: start one, and ask it for kernels."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.judge.without_gpu import without_gpu
from grader.kernel.sandbox.kernel_request import KernelError, Request
from grader.kernel.warm.before_forking import THREADS
from grader.kernel.warm.kernel_processes import CHANNELS
from grader.lab.messages import N_, Message, message
from grader.lab.registry import python_path

ADDRESS = "TENSOR_PARALLEL_FORK_SERVER"  # an environment variable: the socket of a fork server that already runs
# A fork copies lists of pages: large pages make them short. And what has held a large tensor is kept for the next one.
MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
}
START_SECONDS, UP_SECONDS = 180.0, 60.0
MOST_BYTES = 1 << 16

# by Python, and by where it finds labs
_own: dict[tuple[str, str], ForkServerClient] = {}
_lock = threading.Lock()


class SandboxedKernel:
    """A kernel in its sandbox, with what `LocalProvisioner` asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, line: socket.socket, first: int, kernel: int, sockets: list[int]) -> None:
        self.line = line
        self.sockets = sockets
        self.returncode: int | None = None
        self.why: Message | None = None
        self._first = first
        self._kernel = kernel
        self._held = (first, kernel, *sockets)
        self._lock = threading.RLock()  # who grades and who stops the grading are two threads
        self.pid = _process(kernel)

    def fileno(self) -> int:
        """Something to wait on: readable when the kernel has ended."""
        return self.line.fileno()

    def poll(self) -> int | None:
        with self._lock:
            if self.returncode is None and self.line.fileno() < 0:
                self.returncode = -signal.SIGKILL  # we hung up, and that ended it
            if self.returncode is None and select.select([self.line], [], [], 0)[0]:
                words: dict[str, Any] = {}
                with suppress(OSError, ValueError):
                    words = json.loads(self.line.recv(MOST_BYTES))
                if "exit" not in words and words:
                    return None  # what it says before its end is of no use to us
                code = int(words.get("exit", -signal.SIGKILL))
                # the keeper's code stands for a signal inside
                self.returncode = 128 - code if code > 128 else code
                if words.get("message"):
                    self.why = Message.from_plain(words["message"])
                self.close()
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        while self.poll() is None:
            if not select.select([self.line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """An interrupt goes to the kernel alone; whatever else ends a process ends all of the sandbox."""
        with self._lock:
            if self.poll() is None:
                with suppress(ProcessLookupError):
                    if number in (0, signal.SIGINT):
                        signal.pidfd_send_signal(self._kernel, number)
                    else:
                        signal.pidfd_send_signal(self._first, signal.SIGKILL)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    terminate = kill

    def close(self) -> None:
        """Hang up: a kernel that lives is ended.

        Each descriptor is closed once: a moment later its number may be another thread's.
        """
        with self._lock:
            self.line.close()
            held, self._held, self.sockets = self._held, (), []
            for descriptor in held:
                os.close(descriptor)


@dataclass
class ForkServerClient:
    """A fork server that this process started, or found (`process` is None then)."""

    address: str
    process: subprocess.Popen[bytes] | None = None
    owner: int = field(default_factory=os.getpid)

    @property
    def alive(self) -> bool:
        return self.process is None or (self.owner == os.getpid() and self.process.poll() is None)

    def fork(self, request: Request, files: list[int]) -> SandboxedKernel:
        """A kernel that is ready to be spoken to.

        Raises:
            KernelError: the system doesn't give the sandbox, or the kernel didn't come up.
        """
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.settimeout(UP_SECONDS)
        try:
            line.connect(self.address)
            socket.send_fds(line, [json.dumps(request.to_plain()).encode()], files)
            data, descriptors, _, _ = socket.recv_fds(line, MOST_BYTES, 2 + len(CHANNELS), socket.MSG_CMSG_CLOEXEC)
            words = json.loads(data) if data else {}
        except OSError as problem:
            line.close()
            raise KernelError(message(N_("no kernel was started: {why}"), why=str(problem))) from problem
        if not words.get("up"):
            line.close()
            raise KernelError(_failure(words))
        first, kernel, *sockets = descriptors
        line.settimeout(None)
        return SandboxedKernel(line, first, kernel, sockets)

    def close(self) -> None:
        """End it and all its kernels, if it is ours."""
        if self.process and self.owner == os.getpid():
            # not kill: it takes its kernels and its directory along
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            self.process.kill()
            self.process.wait()
            shutil.rmtree(Path(self.address).parent, ignore_errors=True)


def fork_server(python: str = sys.executable) -> ForkServerClient:
    """The fork server of this process for that Python: found, or started at the first call (seconds).

    Start it before there are secrets in this process: it inherits neither environment nor descriptors, but what does
    not exist yet can't leak at all.

    Raises:
        KernelError: it doesn't start.
    """
    with _lock:
        if address := os.environ.get(ADDRESS):
            return ForkServerClient(address)
        wanted = (python, python_path())
        known = _own.get(wanted)
        if known is None or not known.alive:
            known = _own[wanted] = start(python)
        return known


def start(python: str = sys.executable) -> ForkServerClient:
    """A new fork server, which lives until `close` or until this process ends, however it ends.

    Raises:
        KernelError: it doesn't start, with its last words.
    """
    place = Path(tempfile.mkdtemp(prefix="fork_server-"))  # a directory for us alone
    address = place / "socket"
    environment = {
        "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": python_path(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(place),  # for caches that libraries insist on; none is kept
        "MPLCONFIGDIR": str(place),
        # what ipykernel sets for its own process; matplotlib reads it when it is imported, here
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        **without_gpu(),
        **MEMORY,
        **dict.fromkeys(THREADS, "1"),
    }
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(python, "-P", "-m", "grader.kernel.warm.fork_server"),
                *("--socket", str(address), "--owner", str(os.getpid())),
            ],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    started = ForkServerClient(str(address), process)
    atexit.register(started.close)
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], START_SECONDS)[0] and os.read(process.stdout.fileno(), 100)
    process.stdout.close()
    if ready != b"ready\n":
        atexit.unregister(started.close)
        process.kill()
        process.wait()
        words = (place / "log").read_text(errors="replace").strip() if place.exists() else ""
        shutil.rmtree(place, ignore_errors=True)
        why = words.rsplit("\n", 1)[-1] or "?"
        raise KernelError(message(N_("the warm process that kernels are forked from doesn't start: {why}"), why=why))
    return started


def _failure(words: dict[str, Any]) -> Message:
    """What a fork or the fork server said in place of `up`."""
    if "part" in words:
        return message(
            N_(
                "Student code isn't run: the sandbox needs {part}, and this system doesn't give it ({why}). "
                "Grade on Linux, or in a container that allows it (docs/threat-model.md says how), or pass "
                "--unsafe-no-sandbox if you trust every submission; each result is then marked."
            ),
            part=message(words["part"]),
            why=words["why"],
        )
    if words.get("message"):
        return message(N_("no kernel was started: {why}"), why=Message.from_plain(words["message"]))
    return message(N_("no kernel was started: {why}"), why=words.get("error", "?"))


def _process(handle: int) -> int:
    """The process id, as seen from here, that a pidfd stands for; -1 where it has ended."""
    for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1
