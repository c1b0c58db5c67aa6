"""What the caller decides, and what is refused."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grader.judge.without_gpu import without_gpu
from grader.kernel import JUPYTER, KERNEL
from grader.kernel.provisioner import SandboxProvisioner, kernel_environment
from grader.kernel.sandbox.data_files import open_data
from grader.kernel.sandbox.kernel_request import KernelError, KernelLimits, Request
from grader.kernel.sandbox.visible_files import PACKAGE
from grader.kernel.warm import before_forking
from grader.kernel.warm.fork_server_client import ADDRESS, ForkServerClient, SandboxedKernel, _failure
from tests.kernel.live import Live, kernel


def test_a_kernel_has_an_environment_of_its_own(the_fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    with kernel(environment={"WANTED": "1"}) as live:
        inside = live.call("dict(__import__('os').environ)")
        assert "COURSE_TOKEN" not in inside
        assert inside["WANTED"] == "1"
        of_ipython = {"TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "MPLBACKEND"}
        of_kernelspec = set(live.provisioner.kernel_spec.env)
        assert of_kernelspec <= set(inside)
        assert set(inside) - set(kernel_environment(sys.executable)) - of_kernelspec - {"WANTED"} <= of_ipython
        assert inside["HOME"] == "/tmp"
        # what the process was started with, long ago
        started = live.call("open('/proc/self/environ').read()")
        assert "COURSE_TOKEN" not in started
        assert {f"{name}={value}" for name, value in without_gpu().items()} <= set(started.split("\0"))
        assert os.path.expanduser("~") not in started.replace(sys.prefix, "")


def test_a_kernel_inherits_nothing_that_is_open(sandboxed: Live) -> None:
    listing = (
        "import os, socket\n"
        "held = []\n"
        "for name in os.listdir('/proc/self/fd'):\n"
        "    try:\n"
        "        held.append(os.readlink(f'/proc/self/fd/{name}'))\n"
        "        if held[-1].startswith('socket:'):\n"
        "            one = socket.socket(fileno=os.dup(int(name)))\n"
        "            held[-1] = f'{one.family.name} {one.type.name} {one.getsockname()}'\n"
        "            one.close()\n"
        "    except OSError: pass\n"
        "print(repr(held))"
    )
    held = eval(sandboxed.run(listing).text)
    assert held
    own = "anon_inode:[event", "pipe:", "/dev/null", "AF_UNIX SOCK_STREAM", "AF_INET SOCK_STREAM ('127.0.0.1'", "/proc/"
    assert [one for one in held if not one.startswith(own)] == []
    named = [one.split()[-1].strip("'") for one in held if one.startswith("AF_UNIX") and "/" in one]
    assert all(name.startswith("/run/kernel/s-") for name in named)


def test_data_files_come_along_read_only(the_fork_server: ForkServerClient, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "small.csv").write_text("1,2")
    (tmp_path / "torch.py").write_text("raise SystemExit")
    with kernel(folder=tmp_path, data_files=["**/*.csv"]) as live:
        assert live.call("open('data/small.csv').read()") == "1,2"
        # a checkout below /tmp stands there too, as the mount that it is
        assert set(live.call("__import__('glob').glob('*')")) - set(PACKAGE.parts) == {"data"}
        assert live.run("open('data/small.csv', 'a')").error.startswith("PermissionError")
    assert (tmp_path / "data" / "small.csv").read_text() == "1,2"


def test_links_pipes_and_paths_out_of_the_folder_are_no_data(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    for place in (folder, outside):
        place.mkdir()
    (outside / "secret.csv").write_text("secret")
    (folder / "link.csv").symlink_to(outside / "secret.csv")
    (folder / "way").symlink_to(outside)
    os.mkfifo(folder / "pipe.csv")
    (folder / "good.csv").write_text("good")
    files = open_data(folder, ["*.csv", "way/*.csv", "../outside/*.csv"])
    for descriptor in files.values():
        os.close(descriptor)
    assert list(files) == ["good.csv"]


def test_too_much_data_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(KernelError, match="at most 200 files and 64 MB"):
        open_data(tmp_path, ["*.csv"])


def test_channels_that_are_swapped_for_links_lead_nowhere_else(sandboxed: Live, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bait:
        bait.bind(str(tmp_path / "bait"))
        bait.listen(8)
        swap = (
            "import os\nfor number in range(1, 6):\n    os.unlink(f'/run/kernel/s-{number}')\n"
            f"    os.symlink({str(tmp_path / 'bait')!r}, f'/run/kernel/s-{{number}}')"
        )
        assert sandboxed.run(swap).error == ""
        sandboxed.client.stop_channels()
        sandboxed.client = sandboxed.manager.client()
        sandboxed.client.start_channels()
        sandboxed.client.wait_for_ready(timeout=60)
        assert sandboxed.call("6 * 7") == 42
        bait.setblocking(False)
        with pytest.raises(BlockingIOError):
            bait.accept()


def test_a_message_that_is_too_large_is_not_taken_in(sandboxed: Live) -> None:
    sandboxed.client.execute("print('x' * (40 << 20))")
    largest = 0
    for _ in range(20):
        try:
            largest = max(largest, len(str(sandboxed.client.get_iopub_msg(timeout=0.5))))
        except Exception:
            break
    assert largest < 32 << 20


def test_without_a_sandbox_the_result_is_marked(capfd: pytest.CaptureFixture[str]) -> None:
    with kernel(unsafe=True) as live:
        assert live.provisioner.sandboxed is False
        assert live.call("__import__('os').getuid()") == os.getuid()
        assert asyncio.run(live.provisioner.get_provisioner_info())["sandboxed"] is False


def test_in_the_sandbox_the_result_says_so(sandboxed: Live) -> None:
    assert sandboxed.provisioner.sandboxed is True


def test_the_environment_can_ask_for_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SandboxProvisioner().unsafe is False
    monkeypatch.setenv("TENSOR_PARALLEL_UNSAFE_NO_SANDBOX", "1")
    assert SandboxProvisioner().unsafe is True


def test_elsewhere_than_on_linux_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(KernelError) as refused, kernel():
        pass
    assert "--unsafe-no-sandbox" in str(refused.value)
    assert refused.value.message.render("ru") != str(refused.value)


def test_a_system_that_refuses_a_part_is_named() -> None:
    """In a user namespace that may have none below it."""
    script = (
        "echo 0 > /proc/sys/user/max_user_namespaces || exit 77\n"
        f"exec {sys.executable} -c 'from tests.kernel.live import kernel\nwith kernel(): pass'"
    )
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"JUPYTER_PATH": str(JUPYTER)},
        cwd=Path(__file__).resolve().parents[2],
    )
    if run.returncode == 77 or "unshare:" in run.stderr:
        pytest.skip(f"no user namespace to try it in: {run.stderr}")
    assert run.returncode == 1
    assert "the sandbox needs user namespaces" in run.stderr


def test_what_is_refused_is_said_in_both_languages() -> None:
    refusal = _failure({"part": "user namespaces", "why": "Operation not permitted"})
    assert "user namespaces" in refusal.render("en") and "(Operation not permitted)" in refusal.render("en")
    assert refusal.render("ru") != refusal.render("en")


def test_the_fork_server_refuses_to_fork_when_it_has_more_than_one_thread() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    assert before_forking.threads() >= 2
    stop.set()
    thread.join()


def test_a_fork_server_that_runs_already_is_used(the_fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, the_fork_server.address)
    with kernel() as live:
        assert live.call("6 * 7") == 42


def test_only_the_fork_servers_user_reaches_its_socket(the_fork_server: ForkServerClient) -> None:
    assert os.stat(Path(the_fork_server.address).parent).st_mode & 0o077 == 0


def test_a_request_goes_through_json() -> None:
    request = Request({"key": "k"}, ("--x",), {"A": "1"}, ("a.csv",), KernelLimits(memory_mb=7))
    assert Request.from_plain(request.to_plain()) == request


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "data/../../secret"])
def test_a_request_for_a_file_elsewhere_is_none(name: str) -> None:
    plain = Request({"key": "k"}, (), {}, (name,), KernelLimits()).to_plain()
    with pytest.raises(ValueError, match="below"):
        Request.from_plain(plain)


def test_our_kernelspec_is_one_of_its_own() -> None:
    assert (JUPYTER / "kernels" / KERNEL / "kernel.json").is_file()


def test_descriptors_are_closed_once_whoever_hangs_up() -> None:
    line, other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handles = [os.pidfd_open(os.getpid()) for _ in range(2)]
    kernel = SandboxedKernel(line, *handles, [os.open(os.devnull, os.O_RDONLY)])
    kernel.close()
    # the numbers are free again, and the next to open something gets them
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(4)]
    assert set(handles) <= set(others)
    kernel.close()
    kernel.kill()
    assert kernel.poll() == -signal.SIGKILL
    for descriptor in others:
        os.fstat(descriptor)
        os.close(descriptor)
    other_end.close()
