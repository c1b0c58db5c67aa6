"""What becomes of a fork of the fork server: three processes, one below the other.

- The *keeper* stays outside, waits, and holds nothing of value. When the fork server dies, it dies.
- The *first process* of the sandbox (process 1 inside) builds it and collects orphans. When the keeper
  or itself dies, the system ends everything inside.
- The *kernel* gives up its rights, opens its channels, hands the fork server's client what it needs to
  reach it (`up`), lets go of that line, and only then takes requests.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.kernel.sandbox import isolation
from grader.kernel.sandbox.cgroup import Cgroup
from grader.kernel.sandbox.isolation import SCRATCH, SOCKETS, View
from grader.kernel.sandbox.kernel_request import Request

PR_SET_PDEATHSIG, PR_SET_THP_DISABLE = 1, 41
CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
MOST_DESCRIPTORS = 1 << 16


@dataclass(frozen=True)
class Birth:
    """What the fork server gives to a fork: the request, its line to the client, and who the student is."""

    request: Request
    line: socket.socket
    files: Mapping[str, int]
    user: int
    as_root: bool
    view: View
    cgroup: Cgroup | None


def keep(birth: Birth) -> NoReturn:
    """The keeper's life, from right after the fork."""
    code = 1
    try:
        os.setsid()
        fork_server = os.getppid()
        kept = {birth.line.fileno(), *birth.files.values()}
        _close_all_but(kept)
        if birth.cgroup:
            birth.cgroup.enter()
        isolation.separate_processes(birth.as_root)
        _die_with_parent()
        _no_more_large_pages()
        if os.getppid() != fork_server:
            os._exit(1)
        ours, theirs = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(theirs)
            be_first(birth, ours)
        os.close(ours)
        _close_all_but({theirs})
        code = _exit_code(os.waitpid(first, 0)[1])
    except BaseException as problem:
        _tell(birth.line, _as_failure(problem))
    os._exit(code)


def be_first(birth: Birth, keeper: int) -> NoReturn:
    """Process 1 inside; `keeper` is a pipe that the keeper holds open."""
    code = 1
    try:
        # sent along later: whoever holds it can end all that is inside, and nobody else by mistake
        handle = os.pidfd_open(os.getpid())
        isolation.separate_everything_else()
        isolation.build_view(birth.view, birth.files, birth.user, birth.request.limits)
        kernel = os.fork()
        if kernel == 0:
            os.setsid()
            be_kernel(birth, handle)
        _close_all_but({keeper, birth.line.fileno()})
        isolation.give_up_rights(birth.user, birth.as_root, birth.request.limits)
        # after that, since a change of user takes it back
        _die_with_parent()
        if select.select([keeper], [], [], 0)[0]:
            os._exit(1)
        isolation.show_to_peers(False)
        birth.line.close()
        # the system gives this process no signal from inside for which it has no handler
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        while True:
            process, status = os.wait()
            if process == kernel:
                code = _exit_code(status)
                break
    except BaseException as problem:
        _tell(birth.line, _as_failure(problem))
    os._exit(code)


def be_kernel(birth: Birth, handle: int) -> NoReturn:
    """The kernel; from `give_up_rights` on it has a student's rights."""
    code = 1
    try:
        itself = os.pidfd_open(os.getpid())
        _close_all_but({birth.line.fileno(), handle, itself})
        nowhere = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)
        # should memory run out all the same, the system ends this before anything else
        with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
        isolation.give_up_rights(birth.user, birth.as_root, birth.request.limits)
        isolation.show_to_peers(True)
        os.environ.clear()
        os.environ.update(birth.request.environment)
        os.chdir(SCRATCH)
        _renew_randomness()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        app = _open_channels(birth.request)
        sockets = [os.open(f"{SOCKETS}/s-{place}", os.O_PATH | os.O_NOFOLLOW) for place in range(1, len(CHANNELS) + 1)]
        socket.send_fds(birth.line, [json.dumps({"up": True}).encode()], [handle, itself, *sockets])
        birth.line.close()
        for descriptor in (handle, itself, *sockets):
            os.close(descriptor)
        # as in a plain kernel: a student may write a module beside the notebook; ours are all imported
        sys.path.insert(0, "")
        app.start()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as problem:
        _tell(birth.line, _as_failure(problem))
    # not through the interpreter's own end, which takes a second with torch: everything inside ends with this
    os._exit(code)


def _open_channels(request: Request) -> Any:
    """The kernel's application with its sockets bound; no code of a student has run yet."""
    from grader.kernel.warm.prepared_kernel import application

    place = f"{SOCKETS}/connection.json"
    ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}
    connection = {**request.connection, "transport": "ipc", "ip": f"{SOCKETS}/s", **ports}
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        json.dump(connection, file)
    sys.argv = ["ipykernel_launcher", "-f", place, *request.arguments]
    return application(place, request.arguments)


def _renew_randomness() -> None:
    """Two kernels of one fork server draw different numbers; `random` sees to that itself."""
    import numpy.random
    import torch

    torch.default_generator.seed()  # torch.seed asks all kinds of GPU too, and notes down who asked
    numpy.random.seed()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), None, None, None)


def _no_more_large_pages() -> None:
    """Those that were there before the fork make it quick; to find room for new ones may take the system longer than
    all that is done in them."""
    ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, ctypes.c_ulong(1), None, None, None)


def _close_all_but(kept: set[int]) -> None:
    """Whatever the fork server had open, known to us or not, is no student's business."""
    before = 2
    for descriptor in sorted(kept):
        os.closerange(before + 1, descriptor)
        before = descriptor
    os.closerange(before + 1, MOST_DESCRIPTORS)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _as_failure(problem: BaseException) -> dict[str, str]:
    if isinstance(problem, isolation.Refused):
        return {"part": problem.part, "why": problem.why}
    return {"error": f"{type(problem).__name__}: {problem}"}


def _tell(line: socket.socket, words: Mapping[str, Any]) -> None:
    with suppress(OSError):
        line.send(json.dumps(words).encode())
