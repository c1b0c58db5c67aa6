"""A process that only computes: what it can no longer do, and what it still can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.kernel.sandbox.compute_only import NOT_NEEDED, computing_program
from grader.kernel.sandbox.syscalls import MACHINES, NUMBERS

PROBE = """
import ctypes, json, os, signal, socket, subprocess, sys, threading
from grader.kernel.sandbox.compute_only import only_compute
only_compute()
def tried(what):
    try: what()
    except OSError as problem: return type(problem).__name__
    return "done"
libc = ctypes.CDLL(None, use_errno=True)
here = sys.argv[1]
found = {
    "writes": tried(lambda: open(here + "/new", "w")),
    "appends": tried(lambda: open(here + "/old", "a")),
    "deletes": tried(lambda: os.unlink(here + "/old")),
    "renames": tried(lambda: os.rename(here + "/old", here + "/new")),
    "starts a program": tried(lambda: subprocess.run(["true"])),
    "forks": tried(os.fork),
    "opens a socket": tried(socket.socket),
    "ends its parent": tried(lambda: os.kill(os.getppid(), 0)),
    "writes into its parent": tried(lambda: open(f"/proc/{os.getppid()}/mem", "r+b")),
    "limits its parent": tried(lambda: __import__("resource").prlimit(os.getppid(), 0)),
    "traces": "done" if libc.ptrace(16, os.getppid(), 0, 0) == 0 or ctypes.get_errno() != 38 else "no such call",
    "reads": open(here + "/old").read(),
    "signals itself": tried(lambda: os.kill(os.getpid(), 0)),
    "limits itself": tried(lambda: __import__("resource").setrlimit(0, __import__("resource").getrlimit(0))),
}
thread = threading.Thread(target=lambda: found.update({"starts a thread": "done"}))
thread.start(); thread.join()
print(json.dumps(found))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_it_reads_and_computes_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("as it was")
    told = subprocess.run([sys.executable, "-c", PROBE, str(tmp_path)], capture_output=True, text=True, check=True)
    found = json.loads(told.stdout)
    allowed = {"reads": "as it was", **dict.fromkeys(("signals itself", "limits itself", "starts a thread"), "done")}
    assert {name: how for name, how in found.items() if how in ("done", "as it was")} == allowed
    assert os.listdir(tmp_path) == ["old"] and (tmp_path / "old").read_text() == "as it was"


@pytest.mark.parametrize("machine", MACHINES)
def test_the_list_of_what_it_has_no_use_for_names_calls_that_there_are(machine: str) -> None:
    assert NUMBERS["x86_64"].keys() >= NOT_NEEDED
    assert len(computing_program(machine, 7)) % 8 == 0
