"""What hostile code tries: each probe reaches something that a student's code must not reach.

A probe is the body of a function that returns true where it got through; an exception, false, or the
kernel's end is a refusal. Each is first run in a plain kernel, where it gets through: else it would
prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

PRELUDE = Path(__file__).with_name("attempts.py").read_text()


@dataclass(frozen=True)
class Probe:
    """An attempt, in a student's code; what `attempts.py` defines is there."""

    name: str
    code: str

    def source(self, facts: Mapping[str, Any]) -> str:
        """A cell that prints `REACHED` or `REFUSED` and why."""
        body = indent(dedent(self.code).strip(), "    ")
        return (
            f"{PRELUDE}\nfacts = json.loads({json.dumps(json.dumps(facts))})\n"
            f"def attempt():\n{body}\n"
            "try:\n    reached = attempt()\n"
            "except BaseException as problem:\n    print('REFUSED', type(problem).__name__, problem)\n"
            "else:\n    print('REACHED' if reached else 'REFUSED')\n"
        )


READING = [
    Probe("read /etc/shadow", "return bool(open('/etc/shadow').read())"),
    Probe("list the home directory", "return os.listdir(facts['home']) != [] and os.path.exists(facts['home_file'])"),
    Probe("list a lab's corpus", "return bool(os.listdir(facts['root'] + '/grader/labs/linear/corpus'))"),
    Probe("read a lab's corpus", "return any(open(f).read() for f in glob.glob(facts['root'] + '/grader/labs/*/*/*/*.py'))"),
    Probe("read a lab's sample class", "return bool(os.listdir(facts['root'] + '/grader/labs/linear/class'))"),
    Probe("read the solutions", "return bool(open(facts['root'] + '/grader/labs/linear/notebook.py').read())"),
    Probe("read the tests", "return bool(os.listdir(facts['root'] + '/tests'))"),
    Probe("read the repository", "return bool(os.listdir(facts['root'] + '/.git'))"),
    Probe("read the rest of the grader", "return bool(os.listdir(facts['root'] + '/grader/course'))"),
    Probe("read the gradebook", "return b'SQLite' in open(facts['gradebook'], 'rb').read()"),
    Probe("write the gradebook", "open(facts['gradebook'], 'ab').write(b'45/10'); return True"),
    Probe("read another submission", "return bool(open(facts['other_submission']).read())"),
    Probe("read the machine's /tmp", "return os.path.exists(facts['secret'])"),
    Probe("read the environment of process 1", "return bool(open('/proc/1/environ', 'rb').read())"),
    Probe(
        "read the environment of a process", "return b'=' in open(f'/proc/{facts[\"victim\"]}/environ', 'rb').read()"
    ),
    Probe("read the list of processes", "return os.path.exists(f'/proc/{facts[\"victim\"]}')"),
    Probe(
        "read a process's memory",
        """
        for line in open(f'/proc/{facts["victim"]}/maps'):
            if '[heap]' in line or '[stack]' in line:
                memory = open(f'/proc/{facts["victim"]}/mem', 'rb', buffering=0)
                memory.seek(int(line.split('-')[0], 16))
                return len(memory.read(16)) == 16
        """,
    ),
    Probe(
        "read the memory of the first process inside",
        """
        line = open('/proc/1/maps').readline()
        memory = open('/proc/1/mem', 'rb', buffering=0)
        memory.seek(int(line.split('-')[0], 16))
        return len(memory.read(16)) == 16
        """,
    ),
    Probe("read another kernel's files", "return os.path.exists(facts['other_kernel'] + '/tmp/mine')"),
    Probe("read the channels' directory of a kernel", "return bool(os.listdir(facts['channels']))"),
    Probe("read connection files", "return bool(open(facts['connection_file']).read())"),
    Probe("leave by /proc/self/root", "return os.path.exists('/proc/self/root' + facts['root'] + '/solutions')"),
    Probe("leave by /proc/1/root", "return os.path.exists('/proc/1/root' + facts['root'] + '/solutions')"),
    Probe("leave by many ..", "return os.path.exists('../' * 30 + facts['root'] + '/solutions')"),
    Probe(
        "leave by a handle",
        """
        handle = ctypes.create_string_buffer(struct.pack('II', 128, 0) + bytes(128))
        mount = ctypes.create_string_buffer(8)
        return call('name_to_handle_at', -100, b'/', handle, mount, 0) == 0
        """,
    ),
    Probe("read kernel messages", "return call('syslog', 3, ctypes.create_string_buffer(64), 64) >= 0"),
    Probe("read kernel settings", "return bool(open('/proc/sys/kernel/osrelease').read())"),
    Probe("read /sys", "return bool(os.listdir('/sys/kernel'))"),
    Probe("find host processes by their sockets", "return facts['abstract'] in open('/proc/net/unix').read()"),
]

WRITING = [
    Probe("write into site-packages", "return write(facts['site_packages'])"),
    Probe("write into the package", "return write(facts['root'] + '/grader/judge')"),
    Probe("write into /usr", "return write('/usr/lib')"),
    Probe("write into /etc", "return write('/etc')"),
    Probe("write into /", "return write('/')"),
    Probe("write into the submission's folder", "return write(facts['folder'])"),
    Probe(
        "make site-packages writable",
        """
        libc.mount(None, facts['site_packages'].encode(), None, ctypes.c_ulong(32 | 4096), None)
        return write(facts['site_packages'])
        """,
    ),
    Probe("make a device", "os.mknod(fresh(), stat.S_IFBLK | 0o600, os.makedev(254, 0)); return True"),
    Probe(
        "become root by a program's setuid bit",
        "return not os.statvfs('/usr/bin').f_flag & os.ST_NOSUID and 'NoNewPrivs:\\t0' in open('/proc/self/status').read()",
    ),
    Probe("fill the disk", "return fill('/tmp', 200, 40)"),
    Probe("fill /dev/shm", "return fill('/dev/shm', 200, 40)"),
    Probe("fill the disk's table of files", "return many_files(20_000)"),
    Probe("write a file of 80 MB", "return in_a_child(lambda: fill('/tmp', 80, 80))"),
    Probe(
        "hide memory in a file without a name",
        "return os.write(call('memfd_create', b'x', 0), bytes(1 << 20)) == 1 << 20",
    ),
    Probe("hide memory in a shared segment", "return call('shmget', 0, 1 << 20, 0o1600) >= 0"),
]

NETWORK = [
    Probe(
        "connect to a server of this machine", "socket.create_connection(('127.0.0.1', facts['port']), 5); return True"
    ),
    Probe(
        "connect to the network",
        "return bool(open('/proc/net/route').read().strip().split('\\n')[1:])",
    ),
    Probe("have a network device", "return len(socket.if_nameindex()) > 1"),
    Probe("ask a name server", "return bool(socket.getaddrinfo('www.python.org', 443))"),
    Probe("connect to a Unix socket", "socket.socket(socket.AF_UNIX).connect(facts['unix']); return True"),
    Probe(
        "connect to an abstract socket", "socket.socket(socket.AF_UNIX).connect('\\0' + facts['abstract']); return True"
    ),
    Probe(
        "connect to the fork server",
        "socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(facts['fork_server']); return True",
    ),
    Probe("open a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); return True"),
    Probe("open a packet socket", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); return True"),
    Probe("load a protocol's module", "socket.socket(38, socket.SOCK_SEQPACKET); return True"),
]

PROCESSES = [
    Probe("start 300 processes", "return many_processes(300)"),
    Probe("start 500 threads", "return many_threads(500)"),
    Probe("see a process by a signal", "os.kill(facts['victim'], 0); return True"),
    Probe("signal the fork server", "os.kill(facts['fork_server_process'], signal.SIGCONT); return True"),
    Probe(
        "trace a process",
        """
        child = subprocess.Popen(['sleep', '60'])
        try:
            call('ptrace', 16, child.pid)
            os.waitpid(child.pid, os.WUNTRACED)
            return True
        finally:
            child.kill()
        """,
    ),
    Probe(
        "read a process's memory by a call",
        """
        text = ctypes.create_string_buffer(b'0123456789')
        into = ctypes.create_string_buffer(10)
        there = ctypes.create_string_buffer(struct.pack('PN', ctypes.addressof(text), 10))
        here = ctypes.create_string_buffer(struct.pack('PN', ctypes.addressof(into), 10))
        return call('process_vm_readv', os.getpid(), here, 1, there, 1, 0) == 10
        """,
    ),
    Probe("take a descriptor of another process", "return call('pidfd_getfd', os.pidfd_open(os.getppid()), 0, 0) >= 0"),
    Probe("compare processes", "return call('kcmp', os.getpid(), os.getpid(), 0, 0, 0) >= 0"),
    Probe("become another user", "return in_a_child(lambda: os.setuid(1) or True)"),
    Probe("change root", "return in_a_child(lambda: os.chroot('/tmp') or True)"),
    Probe(
        "raise a limit",
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return in_a_child(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard + 1, hard + 1)) or True)
        """,
    ),
    Probe("raise its priority", "return in_a_child(lambda: os.nice(-5) is not None)"),
]

SYSTEM = [
    Probe(
        "mount",
        """
        place = fresh()
        os.mkdir(place)
        if libc.mount(b'tmpfs', place.encode(), b'tmpfs', 0, None):
            raise OSError(ctypes.get_errno(), 'mount')
        libc.umount2(place.encode(), 2)
        os.rmdir(place)
        return True
        """,
    ),
    Probe("mount in the new way", "return call('fsopen', b'tmpfs', 0) >= 0"),
    Probe("copy a mount", "return call('open_tree', -100, b'/', 1) >= 0"),
    Probe("make a user namespace", "return in_a_child(lambda: call('unshare', 0x10000000) == 0)"),
    Probe("make a network namespace", "return in_a_child(lambda: call('unshare', 0x40000000) == 0)"),
    Probe(
        "make a namespace by clone",
        """
        flags = 0x10000000 | signal.SIGCHLD
        # PyDLL: the child has no thread that could give it the interpreter's lock. Where another
        # thread has asked for that lock, the child waits for it for ever: so it is killed, not waited for.
        child = ctypes.PyDLL(None).syscall(ctypes.c_long(220 if platform.machine() == 'aarch64' else 56), ctypes.c_long(flags), 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        if child > 0:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return child > 0
        """,
    ),
    Probe("make a namespace by clone3", "return there_but_wrong('clone3', None, 0)"),
    Probe("enter a namespace", "return in_a_child(lambda: call('setns', os.open('/proc/self/ns/uts', 0), 0) == 0)"),
    Probe(
        "change the host name",
        "return call('sethostname', socket.gethostname().encode(), len(socket.gethostname())) == 0",
    ),
    Probe("load a BPF program", "return there_but_wrong('bpf', 0, ctypes.create_string_buffer(128), 128)"),
    Probe("use the kernel's keys", "return call('keyctl', 0, -3, 1) > 0"),
    Probe("add a key", "return call('add_key', b'user', b'probe', b'x', 1, -1) > 0"),
    Probe("use io_uring", "return call('io_uring_setup', 4, ctypes.create_string_buffer(128)) >= 0"),
    Probe(
        "measure by perf",
        """
        event = ctypes.create_string_buffer(struct.pack('IIQ', 1, 112, 0) + bytes(96))
        return call('perf_event_open', event, 0, -1, -1, 0) >= 0
        """,
    ),
    Probe("handle page faults", "return call('userfaultfd', 0) >= 0"),
    Probe("load a kernel", "return there_but_wrong('kexec_load', 0, 99, None, 1 << 20)"),
    Probe("reboot (with a wrong password)", "return there_but_wrong('reboot', 0, 0, 0)"),
    Probe("load a module", "return there_but_wrong('init_module', None, 0, b'')"),
    Probe("add swap", "return there_but_wrong('swapon', b'/nowhere', 0)"),
    Probe("turn on accounting", "return there_but_wrong('acct', b'/nowhere')"),
    Probe("change the personality", "return call('personality', 0x0040000) >= 0 and call('personality', 0) >= 0"),
    Probe("watch all files", "return call('fanotify_init', 0, 0) >= 0"),
    Probe("make a message queue", "return there_but_wrong('mq_open', b'probe', 0, 0, None)"),
    Probe("flush all disks", "return call('sync') == 0"),
    Probe(
        "make a 32-bit system call",
        """
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex('53b814000000cd805bc3'))  # getpid by int 0x80
        run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
        return in_a_child(lambda: platform.machine() == 'x86_64' and run() > 0)
        """,
    ),
    Probe("type into a terminal", "return in_a_child(type_into_a_terminal)"),
]
PROBES = (*READING, *WRITING, *NETWORK, *PROCESSES, *SYSTEM)
