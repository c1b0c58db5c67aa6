"""Tools of hostile code: the text of this module goes before every probe."""

import ctypes
import errno
import json  # noqa: F401
import mmap  # noqa: F401
import os
import platform
import resource  # noqa: F401
import signal
import socket  # noqa: F401
import stat  # noqa: F401
import struct  # noqa: F401
import subprocess  # noqa: F401
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
# system calls' numbers on x86_64 and aarch64
NUMBERS = {
    "ptrace": (101, 117),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "process_vm_readv": (310, 270),
    "io_uring_setup": (425, 425),
    "setns": (308, 268),
    "unshare": (272, 97),
    "name_to_handle_at": (303, 264),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "syslog": (103, 116),
    "swapon": (167, 224),
    "personality": (135, 92),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "clone3": (435, 435),
    "memfd_secret": (447, 447),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "sethostname": (170, 161),
    "mq_open": (240, 180),
    "fanotify_init": (300, 262),
    "settimeofday": (164, 170),
    "sync": (162, 81),
}


def call(name, *arguments):
    number = NUMBERS[name][platform.machine() == "aarch64"]
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *plain, *[ctypes.c_long(0)] * (6 - len(plain)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def in_a_child(work):
    child = os.fork()
    if child == 0:
        try:
            os._exit(42 if work() else 1)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


def there_but_wrong(name, *arguments):
    "The call exists and we have the right to it: it complains about its arguments."
    try:
        call(name, *arguments)
    except OSError as problem:
        return problem.errno in (errno.EINVAL, errno.EFAULT, errno.ENOEXEC, errno.ENOENT, errno.ENOTBLK, errno.EBADF)
    return True


def fresh(folder="/tmp"):
    return f"{folder}/probe-{os.getpid()}-{time.monotonic_ns()}"


def write(folder):
    place = fresh(folder)
    open(place, "w").close()
    os.unlink(place)
    return True


def fill(folder, megabytes, most_each):
    places = [fresh(folder) for _ in range(megabytes // most_each)]
    try:
        for place in places:
            with open(place, "wb") as file:
                for _ in range(most_each):
                    file.write(bytes(1 << 20))
        return True
    finally:
        for place in places:
            if os.path.exists(place):
                os.unlink(place)


def many_files(count):
    folder = fresh()
    os.mkdir(folder)
    try:
        for number in range(count):
            open(f"{folder}/{number}", "w").close()
        return True
    finally:
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)


def many_threads(count):
    stop = threading.Event()
    started = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=stop.wait)
            thread.start()
            started.append(thread)
        return True
    finally:
        stop.set()
        for thread in started:
            thread.join()


def many_processes(count):
    children = []
    try:
        for _ in range(count):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
        return True
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def type_into_a_terminal():
    import fcntl
    import pty
    import termios

    _ours, theirs = pty.openpty()
    os.setsid()
    fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
    fcntl.ioctl(theirs, 0x5412, b"x")
    return True
