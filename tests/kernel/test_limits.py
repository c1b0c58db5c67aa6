"""A kernel that takes too much is ended with a reason, and takes nothing from its neighbours."""

from __future__ import annotations

import pytest

from grader.kernel.sandbox.kernel_request import KernelLimits
from grader.kernel.warm.fork_server_client import ForkServerClient
from tests.kernel.live import kernel

BOMB = "held = []\nwhile True:\n    held.append(bytearray(b'x' * (16 << 20)))"
FAMILY = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(b'x' * (100 << 20))
        time.sleep(600)
        os._exit(0)
time.sleep(600)
"""


@pytest.mark.parametrize("code", [BOMB, FAMILY], ids=["one process", "many processes"])
def test_a_memory_bomb_ends_its_kernel_and_says_why(code: str, the_fork_server: ForkServerClient) -> None:
    with kernel() as neighbour, kernel(limits={"memory_mb": 512}) as live:
        assert live.run(code).died
        assert live.provisioner.ended_because
        assert "512 MB" in live.provisioner.ended_because.render()
        assert neighbour.call("6 * 7") == 42


def test_memory_that_kernels_share_is_nobodys(the_fork_server: ForkServerClient) -> None:
    """Each of 8 processes has all of torch in it, which they share with each other and the fork server."""
    with kernel(limits={"memory_mb": 768}) as live:
        said = live.run("from multiprocessing import Pool\nwith Pool(8) as pool: print(pool.map(abs, range(-8, 0)))")
        assert said.text == "[8, 7, 6, 5, 4, 3, 2, 1]\n"


def test_a_kernel_ends_when_its_time_is_over(the_fork_server: ForkServerClient) -> None:
    with kernel(limits={"seconds": 2}) as live:
        assert live.run("while True: pass").died
        assert live.provisioner.ended_because
        assert "2 s" in live.provisioner.ended_because.render()


def test_more_than_the_address_space_is_a_memory_error(the_fork_server: ForkServerClient) -> None:
    with kernel(limits={"address_space_mb": 8192}) as live:
        assert live.run("bytearray(9 << 30)").error.startswith("MemoryError")


def test_a_fork_bomb_leaves_the_machine_alone(the_fork_server: ForkServerClient) -> None:
    with kernel() as neighbour, kernel() as live:
        said = live.run(
            "import os, time\n"
            "while True:\n"
            "    try:\n"
            "        if os.fork() == 0: time.sleep(600); os._exit(0)\n"
            "    except OSError as problem:\n"
            "        print(problem.errno); break"
        )
        assert said.text == "11\n"  # EAGAIN
        assert neighbour.run("import subprocess; subprocess.run(['true'])").error == ""


def test_limits_with_unknown_names_or_no_sense_are_refused() -> None:
    with pytest.raises(TypeError):
        KernelLimits.from_plain({"memory": 1})
    with pytest.raises(TypeError):
        KernelLimits.from_plain({"memory_mb": "1"})
    with pytest.raises(ValueError, match="memory_mb"):
        KernelLimits.from_plain({"memory_mb": 0})
    assert KernelLimits.from_plain({"memory_mb": 1}).processes == KernelLimits().processes
