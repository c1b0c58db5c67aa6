"""Real processes need no network: ranks speak over the loopback alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.test_two_nodes import APART

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import socket
from grader.processes.pool import Pool
from grader.processes.program import Program, Text
print([name for _, name in socket.if_nameindex()])
SUM = "def added(x):\\n    dist.all_reduce(x)\\n    return x"
pool = Pool()
import torch
made = pool.run(Program("added", (Text("cell", SUM),)), [(torch.ones(3),), (torch.ones(3),)], 60)
print([one.returned.tolist() for one in made] == [[2.0] * 3] * 2)
pool.close()
"""


@pytest.mark.slow
def test_ranks_meet_where_there_is_nothing_but_the_loopback() -> None:
    up = [*APART, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    try:
        tried = subprocess.run([*up, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        pytest.skip(f"needs unshare, of util-linux: {missing}")
    if tried.returncode:
        pytest.skip(f"this system gives no network namespace: {tried.stderr.strip()[:200]}")

    ran = subprocess.run(
        [*up, sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert ran.stdout.splitlines() == ["['lo']", "True"], ran.stderr
