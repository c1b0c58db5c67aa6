"""Honest notebooks run in the sandbox as they do in a plain kernel, whoever executes them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from grader.bench.evidence import SWITCH
from grader.kernel import KERNEL
from grader.kernel.warm.fork_server_client import ForkServerClient
from tests.kernel.live import Live

HONEST = [
    "import torch\n\ntorch.manual_seed(1)\nlinear = torch.nn.Linear(6, 4)\nlinear",
    "optimizer = torch.optim.SGD(linear.parameters(), lr=0.1)\n"
    "loss = linear(torch.randn(8, 6)).square().mean()\nloss.backward()\noptimizer.step()\nprint(linear.weight)\nloss",
    "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()",
    "!echo from a shell",
    "import os, subprocess\n\nos.write(1, b'from below Python')\nos.system('echo from a program');",
    "%%writefile mine.py\nanswer = 42",
    "import mine\n\nmine.answer",
    "import sys\n\nprint('a warning', file=sys.stderr)\nW",
    "from multiprocessing import Pool\n\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, 2]))",
    "input('name? ')",
]


def notebook(*cells: str) -> nbformat.NotebookNode:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": spec})


def executed(cells: list[str], kernel: str, **settings: Any) -> list[Any]:
    """What each cell showed: streams, results and errors, without pictures' bytes and timings."""
    with TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        settings = {"allow_errors": True, "timeout": 120, "resources": resources, **settings}
        run = NotebookClient(notebook(*cells), kernel_name=kernel, **settings).execute()
    return [shown(cell) for cell in run.cells]


def shown(cell: Any) -> list[Any]:
    outputs: list[Any] = []
    streams: dict[str, str] = {}  # in how many pieces they come is chance
    for output in cell.outputs:
        match output.output_type:
            case "stream":
                streams[output.name] = streams.get(output.name, "") + output.text
            case "error":
                outputs.append((output.ename, output.evalue))
            case _:
                outputs.append((sorted(output.data), output.data.get("text/plain")))
    return sorted([*outputs, *streams.items()], key=str)


def test_an_honest_notebook_shows_the_same_as_in_a_plain_kernel(
    the_fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # with it a plain kernel leaves alone what programs print
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    inside, outside = executed(HONEST, KERNEL), executed(HONEST, "python3")
    for source, here, there in zip(HONEST, inside, outside, strict=True):
        assert here == there, source


@pytest.mark.slow
def test_the_solution_of_the_lab_shows_the_same_as_in_a_plain_kernel(
    the_fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "1")  # the plain kernel hands out evidence, too, and judges nothing
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # two threads add in another order than one
    lab = Path(__file__).resolve().parents[2] / "solutions" / "ru" / "linear" / "linear.ipynb"
    cells = [cell.source for cell in nbformat.read(lab, as_version=4).cells if cell.cell_type == "code"]
    inside, outside = executed(cells, KERNEL), executed(cells, "python3")
    for source, here, there in zip(cells, inside, outside, strict=True):
        assert here == there, source


def test_two_kernels_draw_different_numbers(the_fork_server: ForkServerClient) -> None:
    cell = "import torch, numpy, random, secrets\nprint(torch.rand(1), numpy.random.rand(), random.random(), secrets.token_hex())"
    one, other = executed([cell], KERNEL), executed([cell], KERNEL)
    for here, there in zip(one[0][0][1].split(), other[0][0][1].split(), strict=True):
        assert here != there


def test_papermill_executes_in_the_sandbox(the_fork_server: ForkServerClient, tmp_path: Path) -> None:
    nbformat.write(notebook("n = 1", "import os\nprint(n, os.getpid())"), tmp_path / "in.ipynb")
    run = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", kernel_name=KERNEL, progress_bar=False, cwd=tmp_path
    )
    assert run.cells[-1].outputs[0].text == "1 2\n"


def test_nbgrader_executes_in_the_sandbox(the_fork_server: ForkServerClient, tmp_path: Path) -> None:
    config = Config({"ExecutePreprocessor": {"kernel_name": KERNEL}, "SandboxProvisioner": {"data_files": ["*.csv"]}})
    (tmp_path / "data.csv").write_text("1,2")
    cells = ("import os\nprint(os.getpid(), open('data.csv').read())", "1 / 0", "print('after')")
    run, _ = Execute(config=config).preprocess(notebook(*cells), {"metadata": {"path": str(tmp_path)}})
    assert [shown(cell) for cell in run.cells] == [
        [("stdout", "2 1,2\n")],
        [("ZeroDivisionError", "division by zero")],
        [("stdout", "after\n")],
    ]


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs(the_fork_server: ForkServerClient) -> None:
    cells = ["import time", "while True:\n    time.sleep(0.01)", "print('after')"]
    run = executed(cells, KERNEL, interrupt_on_timeout=True, **{"timeout_func": lambda cell: 2})
    assert run[1] == [("KeyboardInterrupt", "")]
    assert run[2] == [("stdout", "after\n")]


def test_a_cell_that_cannot_be_interrupted_ends_with_a_time_out(the_fork_server: ForkServerClient) -> None:
    cells = ["import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True:\n    pass"]
    with pytest.raises(CellTimeoutError):
        NotebookClient(notebook(*cells), kernel_name=KERNEL, timeout=2).execute()


def test_a_kernel_that_ends_itself_is_a_dead_kernel(the_fork_server: ForkServerClient) -> None:
    with pytest.raises(DeadKernelError):
        NotebookClient(notebook("import os\nos._exit(3)"), kernel_name=KERNEL).execute()


def test_a_kernel_restarts_afresh(sandboxed: Live) -> None:
    sandboxed.run("kept = 1\nopen('kept', 'w').close()")
    sandboxed.manager.restart_kernel()
    sandboxed.client.wait_for_ready(timeout=60)
    assert sandboxed.run("kept").error.startswith("NameError")
    assert sandboxed.call("__import__('os').path.exists('kept')") is False


def test_a_program_started_inside_can_import_torch_and_the_bench_anew(sandboxed: Live) -> None:
    said = sandboxed.run("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import torch, grader.bench'])")
    assert (said.text, said.error) == ("", "")


def test_students_and_papermill_stay_on_the_plain_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    assert KERNEL not in KernelSpecManager().find_kernel_specs()
    root = Path(__file__).resolve().parents[2]
    notebooks = [*root.glob("assignments/*/*/*.ipynb"), *root.glob("solutions/*/*/*.ipynb")]
    names = {nbformat.read(path, as_version=4).metadata.kernelspec.name for path in notebooks}
    assert len(notebooks) >= 4 and names == {"python3"}
