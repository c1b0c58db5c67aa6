"""When a kernel is gone, nothing of it is left, and the fork server serves on."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.kernel.sandbox.kernel_request import KernelLimits
from grader.kernel.sandbox.memory import family
from grader.kernel.warm.fork_server_client import ForkServerClient, start
from tests.kernel.live import Live, commands, kernel
from tests.kernel.live import command as command_of

NUMBERS = itertools.count(os.getpid() * 1000)  # so that tests side by side don't take each other's daemons for theirs


def daemon() -> tuple[str, str]:
    """Code that leaves two programs running, both with all that a program can do to stay, and their command line."""
    command = f"sleep {next(NUMBERS)}"
    code = f"""
import os, signal, subprocess
if os.fork() == 0:
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if os.fork() == 0:
        os.execvp("sleep", {command.split()!r})
    os._exit(0)
subprocess.Popen({command.split()!r}, start_new_session=True)
"""
    return code, command


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether that becomes true; a minute is for machines under load, not for the code."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def traces(place: Path) -> tuple[list[str], str]:
    """What a kernel might leave in the temporary directory and among the mounts of this machine."""
    return os.listdir(place), Path("/proc/self/mountinfo").read_text()


def test_a_daemon_dies_with_its_kernel(the_fork_server: ForkServerClient) -> None:
    code, command = daemon()
    with kernel() as live:
        live.run(code)
        assert eventually(lambda: commands().count(command) == 2)
    assert eventually(lambda: command not in commands())


def test_a_daemon_outlives_a_plain_kernel() -> None:
    code, command = daemon()
    with kernel("python3") as live:
        live.run(code)
        assert eventually(lambda: commands().count(command) == 2)
    assert command in commands()
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        if command_of(process) == command:
            os.kill(process, signal.SIGKILL)


def test_nothing_is_left_of_many_kernels(the_fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert the_fork_server.process
    with tempfile.TemporaryDirectory(prefix="k") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        _leave_nothing(the_fork_server.process.pid, Path(place))


def _leave_nothing(fork_server: int, place: Path) -> None:
    before, processes = traces(place), set(family(fork_server))
    for ending in ("", "import os; os._exit(1)", "import os; os.kill(os.getpid(), 11)", daemon()[0]):
        with kernel() as live:
            live.run("open('left', 'wb').write(bytes(1 << 20))")
            live.run(ending)
    assert eventually(lambda: set(family(fork_server)) == processes)
    assert traces(place) == before


def test_the_fork_server_survives_whatever_kernels_do(the_fork_server: ForkServerClient) -> None:
    assert the_fork_server.process
    with kernel() as first, kernel() as second:
        first.provisioner.process.kill()
        assert second.call("6 * 7") == 42
    with kernel() as third:
        assert third.call("6 * 7") == 42
    assert the_fork_server.alive


def test_idle_callers_do_not_keep_the_fork_server_from_serving(the_fork_server: ForkServerClient) -> None:
    callers = []
    try:
        for _ in range(50):
            caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            caller.connect(the_fork_server.address)
            callers.append(caller)
        callers[0].send(b"{nonsense")
        callers[1].send(b"[]")
        with kernel() as live:
            assert live.call("6 * 7") == 42
        assert b"message" in callers[0].recv(4096)
    finally:
        for caller in callers:
            caller.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_fork_server_and_its_kernels_end_with_the_process_that_started_them(number: int) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(root=str(Path(__file__).resolve().parents[2]))],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout
    fork_server, inside, place = owner.stdout.readline().split()
    assert Path(f"/proc/{fork_server}").exists() and Path(f"/proc/{inside}").exists() and Path(place).exists()
    owner.send_signal(number)
    owner.wait()
    assert eventually(lambda: not Path(f"/proc/{inside}").exists())
    assert eventually(lambda: not Path(f"/proc/{fork_server}").exists())
    assert eventually(lambda: not Path(place).exists())


OWNER = """
import os, sys, threading, time
sys.path.insert(0, {root!r})
from grader.kernel.sandbox.kernel_request import KernelLimits, Request
from grader.kernel.provisioner import kernel_environment
from grader.kernel.warm.fork_server_client import start
# from a thread that ends at once: what dies with its parent would die with that thread
made = []
thread = threading.Thread(target=lambda: made.append(start()))
thread.start()
thread.join()
request = Request({{"key": "", "signature_scheme": "hmac-sha256"}}, (), kernel_environment(sys.executable), (), KernelLimits())
kernel = made[0].fork(request, [])
print(made[0].process.pid, kernel.pid, os.path.dirname(made[0].address), flush=True)
time.sleep(3600)
"""


def test_kernels_end_when_their_fork_server_is_killed() -> None:
    fork_server = start()
    try:
        from grader.kernel.provisioner import kernel_environment
        from grader.kernel.sandbox.kernel_request import Request

        connection = {"key": "", "signature_scheme": "hmac-sha256"}
        request = Request(connection, (), kernel_environment(sys.executable), (), KernelLimits())
        one = fork_server.fork(request, [])
        assert fork_server.process
        fork_server.process.kill()
        assert one.wait(60) != 0
        assert eventually(lambda: not Path(f"/proc/{one.pid}").exists())
        assert not fork_server.alive
    finally:
        fork_server.close()


def test_a_kernel_that_hangs_up_is_ended(sandboxed: Live) -> None:
    held = sandboxed.provisioner._kernel
    assert held
    held.line.shutdown(socket.SHUT_RDWR)
    assert eventually(lambda: not Path(f"/proc/{held.pid}").exists())


def test_a_new_warm_process_has_its_memory_in_large_pages(the_fork_server: ForkServerClient) -> None:
    linux = tuple(int(number) for number in os.uname().release.split("-")[0].split(".")[:2])
    if linux < (6, 1) or not Path("/sys/kernel/mm/transparent_hugepage").is_dir():
        pytest.skip("this Linux has no large pages on request")
    new = start()
    try:
        assert new.process is not None
        kinds = Path(f"/proc/{new.process.pid}/smaps_rollup").read_text()
        size = {line.split(":")[0]: int(line.split()[1]) for line in kinds.splitlines()[1:]}
        assert size["AnonHugePages"] > 0.8 * size["Anonymous"]
    finally:
        new.close()
