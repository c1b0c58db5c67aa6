"""The sandbox: everything that a forked process does to itself before a student's code runs in it.

Read this module from top to bottom and you have read the wall; `seccomp.py` is its other half, and
`kernel_processes.py` calls the steps, in the order in which they stand here:

1. `separate_processes`: a user namespace where we aren't root, and a process namespace, whose end
   ends everything in it;
2. `separate_everything_else`: mounts, network, IPC, host name, cgroup;
3. `build_view`: a file system made of nothing but what is listed, read-only, and then no way back;
4. `give_up_rights`: limits, another user, no capabilities, no new ones, few system calls.

Every step raises `Refused` where the system doesn't grant it, and then there is no kernel at all: a
sandbox that is only partly there isn't one.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import shutil
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.kernel.sandbox.kernel_request import KernelLimits
from grader.kernel.sandbox.seccomp import load_filter
from grader.lab.messages import N_

libc = ctypes.CDLL(None, use_errno=True)

NEW_MOUNTS, NEW_CGROUP, NEW_HOSTNAME, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18,
)  # fmt: skip
# mount_setattr and its kin have the same numbers on every machine
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH, MNT_DETACH = 1, 4, 2
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 4, 24, 38, 47, 4
CAPABILITY_VERSION, LAST_CAPABILITY, CAP_SYS_ADMIN = 0x20080522, 63, 21
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 1, 64

ROOT = "/tmp"  # where the view is put together: a directory that every Linux has, hidden from here on anyway
SCRATCH = "/tmp"  # where student code starts, and all that it may write to
SOCKETS = "/run/kernel"
DEVICES = ("null", "zero", "full", "random", "urandom")
STUDENT = 1000  # the user inside, where it is ourselves outside
FIRST_USER, USERS = 64000, 1000  # as root each kernel gets one of these: the limit for processes goes by user
DATA_MB = 64


class Refused(OSError):
    """The system doesn't grant a part of the sandbox: `part` is its name, `why` the system's word."""

    def __init__(self, part: str, why: OSError) -> None:
        super().__init__(why.errno, f"{part}: {why.strerror or why}")
        self.part = part
        self.why = why.strerror or str(why)


@dataclass(frozen=True)
class View:
    """What of this machine's files is seen inside, read-only and at the same places.

    What is `covered` lies below one of the paths and is seen empty.
    """

    paths: tuple[str, ...]
    links: Mapping[str, str]
    covered: tuple[str, ...] = ()


@contextmanager
def needing(part: str) -> Iterator[None]:
    """Names the part of the sandbox that is refused."""
    try:
        yield
    except Refused:
        raise
    except OSError as why:
        raise Refused(part, why) from why


def has_root() -> bool:
    """Whether we have root's rights over this system, and users to turn into; root in a container often has neither,
    and makes a user namespace as everybody else does."""
    if os.geteuid() != 0 or not _capabilities() >> CAP_SYS_ADMIN & 1:
        return False
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(int(first) <= FIRST_USER and int(first) + int(many) >= FIRST_USER + USERS for first, _, many in ranges)


def separate_processes(as_root: bool) -> None:
    """The next child is the first process of a process namespace: when it ends, the system ends all others in it.

    Where we aren't root, a user namespace comes first: in it, and only over what belongs to it, we have the rights
    that the next steps need.
    """
    if not as_root:
        user, group = os.getuid(), os.getgid()
        with needing(N_("user namespaces")):
            _check(libc.unshare(NEW_USER))
            # a group that is dropped could open what it is denied: the system wants this off first
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")
    with needing(N_("process namespaces")):
        _check(libc.unshare(NEW_PIDS))


def separate_everything_else() -> None:
    """Mounts, network, IPC, host name and cgroups of our own; the network has loopback and nothing else."""
    with needing(N_("namespaces for mounts, network, IPC and host name")):
        _check(libc.unshare(NEW_MOUNTS | NEW_NETWORK | NEW_IPC | NEW_HOSTNAME | NEW_CGROUP))
        # nothing that is mounted from here on reaches the host
        _mount(None, "/", None, MS_REC | MS_PRIVATE)
    with needing(N_("a loopback device")), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))
        socket.sethostname("sandbox")


def build_view(view: View, files: Mapping[str, int], user: int, limits: KernelLimits) -> None:
    """Makes the view the root directory, and cuts the old one off.

    `files` are the submission's data: names below the scratch directory, and descriptors to copy from.
    """
    os.umask(0o022)
    with needing(N_("read-only views of directories")):
        # all taken before the new root covers any of them
        trees = [(path, _read_only_tree(path, devices=False)) for path in view.paths]
        trees += [(f"/dev/{name}", _read_only_tree(f"/dev/{name}", devices=True)) for name in DEVICES]
    with needing(N_("temporary file systems")):
        _mount("tmpfs", ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=755")
        sizes = {SCRATCH: limits.scratch_mb, "/dev/shm": limits.shared_mb, SOCKETS: 1}
        for place, size in sizes.items():
            os.makedirs(ROOT + place)
            mode = f"uid={user},gid={user},mode=700" if place == SOCKETS else "mode=1777"
            options = f"size={size}m,nr_inodes={size * 64},{mode}"
            _mount("tmpfs", ROOT + place, "tmpfs", MS_NOSUID | MS_NODEV, options)
    with needing(N_("read-only views of directories")):
        # after the scratch directory: an environment may lie below /tmp
        for path, tree in trees:
            place = ROOT + path
            _make_mount_point(place, os.path.isdir(f"/proc/self/fd/{tree}"))
            _check(libc.syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, place.encode(), MOVE_MOUNT_F_EMPTY_PATH))
            os.close(tree)
        for path in view.covered:
            _cover(ROOT + path)
        for link, target in view.links.items():
            os.symlink(target, ROOT + link)
    with needing(N_("a process file system of its own")):
        os.makedirs(f"{ROOT}/proc")
        # subset=pid: the processes inside and nothing about the machine (keys, memory, kernel settings)
        _mount("proc", f"{ROOT}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid")
    with needing(N_("terminals of its own")):
        # `!command` in a cell runs in one
        os.makedirs(f"{ROOT}/dev/pts")
        _mount("devpts", f"{ROOT}/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0600")
        os.symlink("pts/ptmx", f"{ROOT}/dev/ptmx")
        for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            os.symlink(f"/proc/self/fd{target}", f"{ROOT}/dev/{name}")
        _write_etc(user)
        for name, descriptor in files.items():
            _copy_in(name, descriptor)
    with needing(N_("a root directory of its own")):
        os.chdir(ROOT)
        # the old root lands on top of the new one, and is taken off: no path leads to it any more
        _check(libc.pivot_root(b".", b"."))
        _check(libc.umount2(b".", MNT_DETACH))
        os.chdir("/")
        _mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _cover(place: str) -> None:
    """Nothing is seen of a directory or a file that is there."""
    if os.path.isdir(place):
        _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "size=4k,nr_inodes=2,mode=555")
    elif os.path.exists(place):
        tree = _read_only_tree("/dev/null", devices=True)
        _check(libc.syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, place.encode(), MOVE_MOUNT_F_EMPTY_PATH))
        os.close(tree)


def give_up_rights(user: int, as_root: bool, limits: KernelLimits) -> None:
    """From here on this process has a student's rights, and no way to more. What it has open it keeps: close first."""
    megabyte = 1 << 20
    with needing(N_("limits for processes")):
        for limit, value in (
            (resource.RLIMIT_AS, limits.address_space_mb * megabyte),
            (resource.RLIMIT_FSIZE, limits.file_mb * megabyte),
            (resource.RLIMIT_CPU, limits.processor_seconds),
            (resource.RLIMIT_NOFILE, limits.descriptors),
            (resource.RLIMIT_NPROC, limits.processes),
            (resource.RLIMIT_MEMLOCK, megabyte),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(limit)[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (most, most))
    with needing(N_("giving up rights")):
        for capability in range(LAST_CAPABILITY + 1):
            # fails for numbers that this Linux doesn't know
            libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), None, None, None)
        libc.prctl(PR_CAP_AMBIENT, ctypes.c_ulong(PR_CAP_AMBIENT_CLEAR_ALL), None, None, None)
        if as_root:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        _check(libc.capset(struct.pack("Ii", CAPABILITY_VERSION, 0), bytes(24)))
        # programs with the setuid bit give nothing any more
        _check(libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), None, None, None))
        if os.geteuid() == 0 or _capabilities():
            raise PermissionError("rights are left over")
    with needing(N_("seccomp filters")):
        try:
            load_filter()
        except KeyError as machine:
            raise OSError(f"no list of system calls for {machine}") from None


def show_to_peers(show: bool) -> None:
    """Whether this process, and others of its user, may look into it by /proc: a student's own may, as anywhere else;
    the first process inside, which must outlive the rest, is nobody's business."""
    libc.prctl(PR_SET_DUMPABLE, ctypes.c_ulong(show), None, None, None)


def _check(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _mount(source: str | None, place: str, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [None if word is None else word.encode() for word in (source, place, kind, options)]
    _check(libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]))


def _read_only_tree(path: str, devices: bool) -> int:
    """A descriptor of a copy of the mounts below `path`, all of them read-only (a bind mount's flags reach only
    the topmost) and without set-user-id bits."""
    flags = OPEN_TREE_CLONE | os.O_CLOEXEC | AT_RECURSIVE
    tree = _check(libc.syscall(OPEN_TREE, AT_FDCWD, path.encode(), flags))
    attributes = MS_RDONLY | MS_NOSUID | (MS_NOEXEC if devices else MS_NODEV)  # these have the old flags' values
    request = struct.pack("QQQQ", attributes, 0, MS_PRIVATE, 0)
    _check(libc.syscall(MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH | AT_RECURSIVE, request, ctypes.c_size_t(32)))
    return tree


def _make_mount_point(place: str, directory: bool) -> None:
    if directory:
        os.makedirs(place, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        Path(place).touch()


def _write_etc(user: int) -> None:
    etc = Path(ROOT, "etc")
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(f"student:x:{user}:{user}::{SCRATCH}:/bin/sh\n")
    (etc / "group").write_text(f"student:x:{user}:\n")
    (etc / "hosts").write_text("127.0.0.1 localhost sandbox\n")


def _copy_in(name: str, descriptor: int) -> None:
    """A data file, without the right to write it; the original isn't reachable from inside."""
    place = Path(ROOT + SCRATCH, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(descriptor, "rb") as source, place.open("xb") as copy:
        shutil.copyfileobj(source, copy)
    place.chmod(0o444)


def _capabilities() -> int:
    data = ctypes.create_string_buffer(24)
    _check(libc.capget(struct.pack("Ii", CAPABILITY_VERSION, 0), data))
    low, high = struct.unpack("3I", data.raw[:12]), struct.unpack("3I", data.raw[12:])
    return int((low[0] | low[1] | low[2]) | (high[0] | high[1] | high[2]) << 32)
