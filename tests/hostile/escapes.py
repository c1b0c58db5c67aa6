"""Code that is out for more than points: secrets, the machine, the next student, the grader itself.

Each stands in the attacker's cell as the body of a function; `facts` say where things are. What it finds it prints, and
what it leaves behind is found afterwards. Where an attack could do harm without a sandbox it is bound in count and time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

from tests.hostile.classroom import LAB, WRONG, Course, Entry, cell_of, write

PRELUDE = """
import atexit, ctypes, glob, json, os, resource, signal, socket, subprocess, sys, threading, time
def show(path):
    try: print(path, open(path, 'rb').read()[:200_000].decode('latin-1'))
    except OSError as problem: print(type(problem).__name__)
def leave(path):
    try: open(path, 'w').write('left by a student')
    except OSError as problem: print(type(problem).__name__)
"""


def code(text: str, before: str = "") -> Callable[[Course, Path], None]:
    """The wrong notebook, with this in the attacker's cell; `before` is a cell of its own in front."""

    def hand_in(course: Course, folder: Path) -> None:
        facts = json.dumps(course.facts() | {"student": folder.parent.name})
        body = f"def attack():\n{indent(dedent(text).strip() or 'pass', '    ')}\n"
        tried = f"try: attack()\nexcept Exception as problem: print(type(problem).__name__, problem)\n{WRONG}"
        notebook = course.solved()
        cell = cell_of(notebook, "solution-manual-forward")
        cell["source"] = f"%%task manual.forward\n{PRELUDE}\nfacts = json.loads({facts!r})\n{body}{tried}"
        if before:
            own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None}
            place = notebook["cells"].index(cell)
            notebook["cells"].insert(place, own | {"source": f"{PRELUDE}\nfacts = json.loads({facts!r})\n{before}"})
        write(folder / f"{LAB}.ipynb", notebook)

    return hand_in


ESCAPES = (
    Entry("reads the gradebook", code("show(facts['gradebook'])"), stock="leaks"),
    Entry("reads the solution", code("show(facts['solution'])"), stock="leaks"),
    Entry("reads the judge's key", code("show(facts['key'])"), stock="leaks"),
    Entry("reads another student's notebook", code("show(facts['honest'])"), stock="leaks"),
    Entry("reads what lies outside, by a link", code("os.symlink(facts['outside'], 'way'); show('way/secret.txt')"), stock="leaks"),
    Entry("looks for all of it", code("""
        seen = 0
        for top in (facts['root'], '/proc/1/root' + facts['root'], '/proc/self/root' + facts['root'], '.', '..', '/work', '/home', '/tmp', '/root', '/etc'):
            for folder, _, files in os.walk(top):
                seen += len(files)
                if seen > 5000: break
                for name in files:
                    if name.endswith(('.ipynb', '.db', '-key', '.txt')): show(folder + '/' + name)
        """), stock="leaks"),
    Entry("reads the grader's environment", code("show(f'/proc/{facts[\"grader\"]}/environ'); show('/proc/1/environ'); print(dict(os.environ))"), stock="leaks"),
    Entry("reads the grader's memory", code("""
        for line in open(f"/proc/{facts['grader']}/maps"):
            if '[heap]' in line:
                memory = open(f"/proc/{facts['grader']}/mem", 'rb', buffering=0)
                memory.seek(int(line.split('-')[0], 16)); print('canary-reached', len(memory.read(64)))
        """)),
    Entry("writes points into the gradebook", code("""
        import sqlite3
        database = sqlite3.connect(facts['gradebook'], timeout=1)
        database.execute("insert into student (id) values ('left by ' || ?)", [facts['student']]); database.commit()
        """), stock="leaves a file"),
    Entry("locks the gradebook for good", code("""
        import fcntl
        file = open(facts['gradebook'], 'r+b')
        print('canary-reached') if not fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB) else None; file.close()
        """), stock="reaches"),
    Entry("writes into site-packages", code("leave(facts['site_packages'] + f\"/canary-{facts['student']}.txt\")"), stock="leaves a file"),
    Entry("writes into another student's folder", code("leave(os.path.dirname(facts['honest']) + f\"/canary-{facts['student']}.txt\")"), stock="leaves a file"),
    Entry("writes beside the course", code("leave(facts['outside'] + f\"/canary-{facts['student']}.txt\")"), stock="leaves a file"),
    Entry("writes an IPython start-up file", code("leave(facts['home'] + '/.ipython/profile_default/startup/canary.txt')")),
    Entry("leaves a process behind", code("subprocess.Popen(['sleep', '47' + facts['student'][1:]], start_new_session=True)"), stock="leaves a process"),
    Entry("leaves a process behind by forking twice", code("""
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: os.execvp('sleep', ['sleep', '47' + facts['student'][1:]])
            os._exit(0)
        os.wait()
        """), stock="leaves a process"),
    Entry("waits for its end to leave a process", code("atexit.register(lambda: subprocess.Popen(['sleep', '47' + facts['student'][1:]], start_new_session=True))")),
    Entry("signals every process", code("""
        signal.signal(signal.SIGURG, signal.SIG_IGN)
        try: os.kill(int(facts['grader']), 0); print('canary-reached')
        except OSError as problem: print(type(problem).__name__)
        if not os.path.exists(facts['root']): os.kill(-1, signal.SIGTERM)  # only where nobody else can be hit
        """), stock="reaches"),
    Entry("connects to a server of this machine", code("""
        for family in (socket.AF_INET, socket.AF_INET6):
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(1)
                if connection.connect_ex(('127.0.0.1' if family == socket.AF_INET else '::1', int(facts['port']))) == 0: print('canary-reached')
        """), stock="reaches"),
    Entry("has a network device", code("print('canary-reached') if [name for _, name in socket.if_nameindex() if name != 'lo'] else None")),
    Entry("traces its parent", code("""
        libc = ctypes.CDLL(None, use_errno=True); libc.ptrace.restype = ctypes.c_long
        print('canary-reached') if libc.ptrace(16902, os.getppid(), 0, 0) == 0 else print(ctypes.get_errno())
        """)),
    Entry("forks without end", code("""
        started = []
        try:
            for _ in range(150):
                child = os.fork()
                if child == 0: time.sleep(5); os._exit(0)
                started.append(child)
        except OSError as problem: print(type(problem).__name__)
        else: print('canary-reached')
        for child in started: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
        """), stock="reaches"),
    Entry("starts threads without end", code("""
        go = threading.Event()
        try:
            for _ in range(150): threading.Thread(target=go.wait, args=(20,), daemon=True).start()
            print('canary-reached')
        finally: go.set()
        """), stock="reaches"),
    Entry("fills the disk", code("""
        written, path = 0, '/var/tmp/canary-fill' if os.path.exists(facts['root']) else '/tmp/canary-fill'
        try:
            for number in range(20):
                with open(f'{path}-{number}', 'wb') as file: written += file.write(bytes(10 << 20))
            print('canary-reached')
        finally:
            for number in range(20):
                if os.path.exists(f'{path}-{number}'): os.unlink(f'{path}-{number}')
        """), stock="reaches"),
    Entry("makes its channels links to somewhere else", code("""
        for path in glob.glob(os.environ.get('JPY_CHANNELS', '/run') + '/**', recursive=True) + glob.glob('/tmp/**', recursive=True):
            try:
                if os.path.exists(path) and not os.path.isdir(path) and not os.path.exists(facts['root']): os.unlink(path); os.symlink('/etc/passwd', path)
            except OSError: pass
        """)),
    Entry("changes torch on disk for the next one", code("""
        import torch
        print('canary-reached') if os.access(torch.__file__, os.W_OK) else None
        """), stock="reaches"),
    Entry("changes the recorder on disk for the next one", code("""
        import grader.bench.evidence as evidence
        print('canary-reached') if os.access(evidence.__file__, os.W_OK) else None
        """), stock="reaches"),
    Entry("asks for system calls that lead further", code("""
        calls = dict(io_uring_setup=425, userfaultfd=323, keyctl=250, add_key=248, bpf=321, perf_event_open=298, process_vm_readv=310,
                     process_vm_writev=311, memfd_create=319, clone3=435, open_tree=428, move_mount=429, fsopen=430, mount_setattr=442,
                     pidfd_getfd=438, vmsplice=278, splice=275, personality=135, name_to_handle_at=303, open_by_handle_at=304, shmget=29,
                     msgget=68, semget=64, mq_open=240, setns=308, unshare=272, kexec_load=246, kcmp=312, execveat=322, ptrace=101,
                     mount=165, pivot_root=155, chroot=161, landlock=444, secretmem=447, x32=0x40000000 | 39)
        libc = ctypes.CDLL(None, use_errno=True)
        if os.uname().machine == 'x86_64':
            found = [name for name, number in calls.items() if libc.syscall(number, -1, -1, -1, -1, -1, -1) >= 0 or ctypes.get_errno() != 38]
            print('canary-reached', found) if found else None
        """), stock="reaches"),
    Entry("looks through what its process has open", code("""
        for number in os.listdir('/proc/self/fd'):
            try: where = os.readlink('/proc/self/fd/' + number)
            except OSError: continue
            if facts['root'] in where or 'fork_server' in where or where.endswith('.db'): print('canary-reached', where)
        for line in open('/proc/net/unix') if os.path.exists('/proc/net/unix') else ():
            if 'fork_server' in line: print('canary-reached', line)
        """)),
    Entry("becomes its first process's debugger, by its memory and its root", code("""
        for path in ('/proc/1/mem', '/proc/1/environ', '/proc/1/maps', '/proc/1/fd', '/proc/1/root/etc', f'/proc/{os.getppid()}/cwd'):
            try: (os.listdir if os.path.isdir(path) else open)(path); print('canary-reached') if not os.path.exists(facts['root']) else None
            except OSError as problem: print(type(problem).__name__)
        """)),
    Entry("leaves zombies, pipes and timers", code("""
        for _ in range(20):
            if os.fork() == 0: os._exit(0)
        kept = []
        try:
            while len(kept) < 400: kept += os.pipe()
        except OSError: pass
        for end in kept: os.close(end)
        signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        """)),
    # it breaks its own kernel for its own other task
    Entry("changes the warm process for the next one", code("""
        import torch, builtins, gc
        torch.Tensor.__matmul__ = lambda *_: 1 / 0
        torch.set_default_dtype(torch.float16); builtins.canary = 1; sys.modules['torch'] = None
        """)),
)  # fmt: skip

# what a kernel sends is not what IPython would send
MESSAGES = (
    Entry("a prompt's number that is HTML", code("", before="k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'execute_input', {'code': '', 'execution_count': '<script>alert(1)</script>'}, parent=k.get_parent())")),
    Entry("HTML, JavaScript and SVG shown", code("from IPython.display import HTML, Javascript, SVG, display\ndisplay(HTML('<script>alert(1)</script>'), Javascript('alert(1)'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>'), {'text/markdown': '<script>alert(1)</script>', 'text/latex': r'\\href{javascript:alert(1)}{x}', 'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}}, raw=False)")),
    Entry("HTML in an error's name, text and traceback", code("", before="class E(Exception):\n    def _render_traceback_(self): return ['<script>alert(1)</script>', '\\x1b]0;canary\\x07\\x1b[31m<script>alert(1)</script>']\nE.__name__ = '<script>alert(1)</script>'\nraise E('<script>alert(1)</script>')")),
    Entry("letters cut in half", code("", before="k = get_ipython().kernel\nimport json\nold = k.session.pack\nk.session.pack = lambda thing: json.dumps(thing, default=str).encode()\nprint('\\ud800 half')\nraise ValueError('\\ud800')")),
    Entry("messages without what belongs in them", code("", before="k = get_ipython().kernel\nfor kind in ('stream', 'error', 'display_data', 'execute_result', 'status', 'clear_output', 'update_display_data', 'nonsense'):\n    for content in ({}, {'data': 3, 'metadata': 7}, {'name': 5, 'text': None}): k.session.send(k.iopub_socket, kind, content, parent=k.get_parent())")),
    Entry("messages with a wrong signature", code("", before="k = get_ipython().kernel\nkey = k.session.key\nk.session.key = b'wrong'\nk.session.send(k.iopub_socket, 'stream', {'name': 'stdout', 'text': 'x'}, parent=k.get_parent())\nk.session.key = key")),
    Entry("says idle while it goes on", code("", before="k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'status', {'execution_state': 'idle'}, parent=k.get_parent())\ntime.sleep(1)")),
    Entry("ends cells that have not begun", code("", before="k = get_ipython().kernel\nbase = k.get_parent()['header']['msg_id'].rpartition('-')[0]\nfor n in range(30):\n    for kind, content in (('display_data', {'data': {'text/plain': '1.0'}, 'metadata': {}}), ('execute_reply', {'status': 'ok'}), ('cell_done', {'status': 'ok', 'execution_count': 1})): k.session.send(k.iopub_socket, kind, content, parent={'header': {'msg_id': f'{base}-{n}'}})"), points=0.0),  # its own checks are among them
    Entry("shows nothing, thousands of times", code("k = get_ipython().kernel\nfor _ in range(5000): k.session.send(k.iopub_socket, 'stream', {}, parent=k.get_parent())")),
    Entry("asks for input", code("", before="k = get_ipython().kernel\nk.session.send(k.stdin_socket, 'input_request', {'prompt': 'password?', 'password': True}, parent=k.get_parent())\ninput('x')")),
    Entry("warns on stderr", code("import warnings\nwarnings.warn('careful')\nprint('careful', file=sys.stderr)")),
)  # fmt: skip

# each ends its kernel or its time: seconds apiece
ENDS = (
    Entry("loops for ever and can't be stopped", code("for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM): signal.signal(number, signal.SIG_IGN)\nwhile True: pass"), flag="kernel-ended: manual.forward"),
    Entry("never falls silent", code("while True: print('.', flush=True); time.sleep(0.1)"), flag="kernel-ended: manual.forward"),
    Entry("takes all memory", code("resource.setrlimit(resource.RLIMIT_AS, (6 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))\nhoard = [bytearray(b'x' * (64 << 20)) for _ in range(60)]\nprint('canary-reached') if len(hoard) * 64 > 2500 else None"), ),
    Entry("writes without end", code("while True: sys.stdout.write('x' * 1_000_000)"), flag="kernel-ended: manual.forward"),
    Entry("kills its parent", code("if not os.path.exists(facts['root']): os.kill(os.getppid(), signal.SIGKILL); os.kill(1, signal.SIGKILL); os.kill(os.getpid(), signal.SIGKILL)")),
    Entry("stops itself", code("if not os.path.exists(facts['root']): os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(1)")),
)  # fmt: skip
