"""In a real Jupyter kernel: functions of its cells run on real processes, and nothing is left behind."""

from __future__ import annotations

import os
import signal

import pytest
import torch

from tests.processes.conftest import Notebook, until

FUNCTIONS = """%%task column.step
import torch.distributed as dist
def total(x):
    dist.all_reduce(x)
    return x
def step(rank, world_size, x, scale):
    print("here", rank)
    return total(x * scale), world_size"""
RUN = "run = run_on_processes(step, makes=('x', 'ranks'), x=[torch.ones(2), torch.zeros(2)], scale=3)\nrun"
HANGS = "def hang(x):\n    dist.recv(x, 1 - dist.get_rank())"
WAIT = "run_on_processes(hang, x=[torch.ones(1)] * 2, seconds=1000)"


def ranks_run(notebook: Notebook) -> bool:
    return len(notebook.processes()) == 3


@pytest.mark.slow
def test_functions_of_cells_run_and_what_they_say_is_shown(notebook: Notebook) -> None:
    notebook.run(FUNCTIONS.replace("%%task column.step", "# a given cell"))
    said, error = notebook.run(RUN)
    assert error == ""
    assert "0 | here 0\n1 | here 1\n" in said
    assert "✓ step ran on 2 processes (gloo)" in said and "all_reduce: calls (numbers)  1 (2)" in said
    assert notebook.run("run[1]['x'].tolist(), run[1]['ranks'], len(run)")[0] == "([3.0, 3.0], 2, 2)"

    notebook.run("%language ru")
    assert "✓ step выполнена, процессов: 2 (gloo)" in notebook.run(RUN)[0]
    notebook.run("def wrong(x):\n    y = x + 1\n    return y @ y.T @ torch.ones(7)")
    said, error = notebook.run("run_on_processes(wrong, x=[torch.ones(2, 2)])")
    assert error.startswith("✗ ранг 0: строка 3, `return y @ y.T @ torch.ones(7)`: ")
    assert notebook.run("run_on_processes(3, x=[1])")[1].startswith("✗ передайте функцию")
    assert notebook.run("run_on_processes(step, x=1)")[1].startswith("✗ передайте хотя бы один аргумент")
    assert notebook.run("run_on_processes(step, x=[1], scale=[1, 2])")[1].startswith("✗ передайте хотя бы один")
    assert notebook.run("run_on_processes(step, x=[object()])")[1].startswith("✗ среди входных данных есть object")
    assert notebook.run("run_on_processes(step, x=[torch.ones(1)])")[1].startswith("✗ ранг 0: TypeError: step()")
    said, error = notebook.run("run_on_processes(step, x=[torch.ones(1)], scale=1, backend='nccl')")
    assert error == "" if torch.cuda.is_available() else error.startswith("✗ для nccl ")

    notebook.manager.shutdown_kernel()
    assert until(lambda: notebook.processes() == [])
    assert list(notebook.temporary.glob("*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "restarted", "interrupted"])
def test_real_processes_leave_nothing_behind(notebook: Notebook, how: str) -> None:
    notebook.run(HANGS)
    notebook.client.execute(WAIT)
    assert until(lambda: ranks_run(notebook)), "the ranks came up"

    if how == "interrupted":
        notebook.manager.interrupt_kernel()
        assert until(lambda: len(notebook.processes()) == 1), "only the kernel is left"
        assert until(lambda: list(notebook.temporary.glob("*")) == [])
        assert until(lambda: notebook.run("def one(x):\n    return x")[1] == ""), "the kernel has heard of it"
        assert notebook.run("run_on_processes(one, x=[1, 2])[1]") == ("2", "")
    elif how == "restarted":
        notebook.manager.restart_kernel(now=True)
    else:
        os.kill(notebook.manager.provisioner.pid, signal.SIGKILL)
    if how != "interrupted":
        assert until(lambda: len(notebook.processes()) == (how == "restarted"))
        assert list(notebook.temporary.glob("*")) == []
