"""A process that only computes: it starts no program, changes no file, connects to nothing, reaches no other process.

For the one that replays what students hand in. Nothing of theirs is run in it, but torch's operations get arguments of
their choice: should one of these have a hole, this is what it doesn't lead to. Files can still be read, as Python does
when it imports; the only way out is the answer.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
from contextlib import suppress

from grader.kernel.sandbox.seccomp import (
    ALLOW,
    JUMP_IF_ANY_BIT,
    JUMP_IF_EQUAL,
    RETURN,
    Instruction,
    argument,
    load_filter,
    no_terminal_input,
    program,
    refuse,
)
from grader.kernel.sandbox.syscalls import NUMBERS

# of what a sandboxed kernel may call
NOT_NEEDED = frozenset(
    """
    openat2 creat truncate ftruncate fallocate sendfile copy_file_range rename renameat renameat2 mkdir mkdirat rmdir
    link linkat unlink unlinkat symlink symlinkat chmod fchmod fchmodat chown fchown lchown fchownat utime utimes
    futimesat utimensat mknod mknodat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    connect accept accept4 bind listen sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg socketpair socket
    fork vfork execve tkill rt_sigqueueinfo pidfd_open pidfd_send_signal setpgid setsid setuid setgid setreuid setregid
    setresuid setresgid setgroups setpriority sched_setparam sched_setscheduler sched_setattr
    """.split()  # noqa: SIM905
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
THREAD = 0x00010000  # of clone: CLONE_THREAD


def computing_program(machine: str, process: int) -> bytes:
    """The filter for the process of that number.

    Raises:
        KeyError: there is no list of calls for that machine.
    """
    looked_at = {
        "open": _without(1, WRITING),
        "openat": _without(2, WRITING),
        "clone": [argument(0), (JUMP_IF_ANY_BIT, 1, 0, THREAD), refuse(errno.EPERM), (RETURN, 0, 0, ALLOW)],
        "kill": _only(0, process),
        "tgkill": _only(0, process),
        "prlimit64": _only(0, 0),
        "ioctl": no_terminal_input(),
    }
    allowed = {name: number for name, number in NUMBERS[machine].items() if name not in NOT_NEEDED | looked_at.keys()}
    return program(machine, looked_at, frozenset(allowed.values()))


def only_compute() -> None:
    """Put this process under that filter for good; where the system has none, nothing happens."""
    if sys.platform != "linux":
        return
    with suppress(OSError, KeyError):
        load_filter(computing_program(platform.machine(), os.getpid()))


def _without(place: int, bits: int) -> list[Instruction]:
    return [argument(place), (JUMP_IF_ANY_BIT, 0, 1, bits), refuse(errno.EACCES), (RETURN, 0, 0, ALLOW)]


def _only(place: int, value: int) -> list[Instruction]:
    return [argument(place), (JUMP_IF_EQUAL, 1, 0, value), refuse(errno.EPERM), (RETURN, 0, 0, ALLOW)]
