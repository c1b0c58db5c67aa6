"""The system calls that a sandboxed kernel may make, as a seccomp filter.

An allow list: what isn't named here does not exist (ENOSYS), and so neither do calls that Linux will
get later. It starts from what containers commonly allow, less everything that Python, torch and gloo
do without. Assembled here, in 40 lines, rather than by libseccomp: that library isn't on every
machine, and a list that can be read beside the program that comes of it is easier to check.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Mapping, Sequence

from grader.kernel.sandbox.syscalls import ALLOWED, NUMBERS

LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ABOVE, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# of clone: every flag that makes a namespace
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # put characters into a terminal's input
TCP, UDP = 6, 17

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

Instruction = tuple[int, int, int, int]


def filter_program(machine: str) -> bytes:
    """The filter for that machine (`x86_64`, `aarch64`) in the kernel's own form.

    Raises:
        KeyError: there is no list of calls for that machine.
    """
    return program(machine, {"clone": _clone(), "socket": _socket(), "ioctl": no_terminal_input()}, ALLOWED[machine])


def program(machine: str, looked_at: Mapping[str, Sequence[Instruction]], allowed: frozenset[int]) -> bytes:
    """A filter that allows these calls and no other; those that are `looked_at` go through instructions of their own.

    Raises:
        KeyError: there is no list of calls for that machine.
    """
    number = NUMBERS[machine]
    code: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        # 32-bit calls have other numbers: a program that makes one is out to get round this list
        (JUMP_IF_EQUAL, 1, 0, AUDIT[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    for name, block in looked_at.items():
        if name in number:
            code += [(JUMP_IF_EQUAL, 0, len(block), number[name]), *block]
    for first, last in _runs(allowed):
        code += [(JUMP_IF_AT_LEAST, 0, 2, first), (JUMP_IF_ABOVE, 1, 0, last), (RETURN, 0, 0, ALLOW)]
    # not EPERM: libraries take "there is no such call" for an older Linux and go another way (clone3)
    code.append(refuse(errno.ENOSYS))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def load_filter(code: bytes | None = None) -> None:
    """Put this process, and all that it starts, under a filter for good: a sandboxed kernel's where none is given.

    Raises:
        OSError: the system takes no filter.
        KeyError: there is no list of calls for this machine.
    """
    program = ctypes.create_string_buffer(code or filter_program(platform.machine()))
    header = ctypes.create_string_buffer(struct.pack("HP", (len(program) - 1) // 8, ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value, more in ((PR_SET_NO_NEW_PRIVS, 1, None), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header)):
        if libc.prctl(option, ctypes.c_ulong(value), more, None, None):
            raise OSError(ctypes.get_errno(), "seccomp")


def argument(place: int) -> Instruction:
    """Load an argument's low half; the kernel reads no more of those looked at here."""
    return (LOAD, 0, 0, ARGUMENTS + 8 * place)


def refuse(error: int) -> Instruction:
    return (RETURN, 0, 0, REFUSE | error)


def _clone() -> list[Instruction]:
    """Processes and threads, but no namespaces: in one of its own a process has every capability again."""
    return [argument(0), (JUMP_IF_ANY_BIT, 0, 1, NAMESPACES), refuse(errno.EPERM), (RETURN, 0, 0, ALLOW)]


def _socket() -> list[Instruction]:
    """Unix sockets, TCP and UDP (gloo's ranks, over loopback), and netlink's list of interfaces; no rare protocols."""
    inet = (socket.AF_INET, socket.AF_INET6)
    plain = (socket.AF_UNIX, *inet, socket.AF_NETLINK)
    pairs = [(family, 0) for family in plain] + [(family, protocol) for family in inet for protocol in (TCP, UDP)]
    code: list[Instruction] = []
    for family, protocol in pairs:
        code += [
            argument(0),
            (JUMP_IF_EQUAL, 0, 3, family),
            argument(2),
            (JUMP_IF_EQUAL, 0, 1, protocol),
            (RETURN, 0, 0, ALLOW),
        ]
    return [*code, refuse(errno.EAFNOSUPPORT)]


def no_terminal_input() -> list[Instruction]:
    """Of ioctl: all but putting characters into a terminal's input."""
    no, allow = refuse(errno.EPERM), (RETURN, 0, 0, ALLOW)
    return [argument(1), (JUMP_IF_EQUAL, 1, 0, TIOCSTI), (JUMP_IF_EQUAL, 0, 1, TIOCLINUX), no, allow]


def _runs(numbers: frozenset[int]) -> list[tuple[int, int]]:
    """The numbers as ranges, first and last included."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
