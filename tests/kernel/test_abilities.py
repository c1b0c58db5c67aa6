"""`python -m grader.kernel` says what a system gives for the sandbox."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grader.kernel.sandbox.cgroup import find_parent, make
from grader.kernel.sandbox.kernel_request import KernelLimits
from grader.kernel.warm.fork_server_client import ForkServerClient

ROOT = Path(__file__).resolve().parents[2]


def survey(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "grader.kernel", *words], capture_output=True, text=True, cwd=ROOT)


def test_the_table_agrees_with_what_launching_does(the_fork_server: ForkServerClient) -> None:
    run = survey()
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Student code can run in the sandbox here." in run.stdout


def test_the_table_is_in_russian_too() -> None:
    assert survey("--language", "ru").stdout != survey().stdout


def test_what_is_refused_is_marked() -> None:
    script = f"echo 0 > /proc/sys/user/max_user_namespaces && exec {sys.executable} -m grader.kernel"
    run = subprocess.run(["unshare", "-Ur", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT)
    if "unshare:" in run.stderr:
        assert run.returncode
        return
    assert run.returncode == 1
    assert "- processes of its own" in run.stdout and "not tried" in run.stdout


def cgroups(place: Path, controllers: str) -> Path:
    """Something that looks like a hierarchy of cgroups, with this process in `/user/session`."""
    for name in ("", "user", "user/session"):
        folder = place / name
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.subtree_control").write_text(controllers if name == "user" else "")
        (folder / "cgroup.procs").write_text("")
    (place / "cgroup.controllers").write_text("cpu memory pids")
    own = place / "own"
    own.write_text("1:name=systemd:/x\n0::/user/session\n")
    return own


def test_the_nearest_cgroup_that_can_be_divided_is_used(tmp_path: Path) -> None:
    own = cgroups(tmp_path, "cpu memory pids")
    assert find_parent(tmp_path, own) == tmp_path / "user"


def test_without_control_of_memory_there_is_no_cgroup(tmp_path: Path) -> None:
    assert find_parent(tmp_path, cgroups(tmp_path, "cpu pids")) is None


def test_a_cgroup_gets_the_limits(tmp_path: Path) -> None:
    group = make(tmp_path, "1", KernelLimits(memory_mb=5, processes=7))
    assert (group.path / "memory.max").read_text() == str(5 << 20)
    assert (group.path / "pids.max").read_text() == "9"
    group.enter()
    assert not group.ended_by_memory()
    (group.path / "memory.events").write_text("low 0\noom_kill 1\n")
    assert group.ended_by_memory()
