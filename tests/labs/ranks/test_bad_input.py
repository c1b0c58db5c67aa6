"""Functions that no rank can run: each costs its own task, with a sentence; the other tasks go on."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from tests.hostile.grading import plugged_in, points, said

ROOT = Path(__file__).resolve().parents[3]
TARGET, BEFORE, AFTER = "debug.hang", "ring.shift", "cost.predict"
HEAD = "def centred(rank, world_size, x, n):\n"
RIGHT = "    total = x.sum()\n    dist.all_reduce(total)\n    return x - total / n\n"

# What the cell is, behind its first line, and what is said of it. Line 1 is the cell's `%%task` line.
SAID = {
    "not defined": ("def centered(rank, world_size, x, n):\n" + RIGHT, "the cell has to define a function centred(rank, world_size, x, n)"),
    "no function": ("centred = 3\n", "the cell has to define a function centred(rank, world_size, x, n)"),
    "other arguments": ("def centred(x):\n    return x\n", "takes 1 positional argument but 4 were given"),
    "returns nothing": (HEAD + RIGHT.replace("return ", ""), "rank 0: centred does not return y"),
    "returns words": (HEAD + "    return 'y'\n", "rank 0: centred does not return y"),
    "returns itself": (HEAD + "    return centred\n", "rank 0: centred does not return y"),
    "does not parse": (HEAD + "    return (x\n", "line 3"),
    "calls itself for ever": (HEAD + "    return centred(rank, world_size, x, n)\n", "maximum recursion depth exceeded"),
    "works for ever": (HEAD + "    while True:\n        x = x + 0\n", "rank 0: line 4, `x = x + 0`: the cell runs more than 20000 tensor operations"),
    "calls for ever": (HEAD + "    while True:\n        dist.barrier()\n", "rank 0: line 4, `dist.barrier()`: the cell runs more than 20000 tensor operations"),
    "rank 1 alone calls for ever": (HEAD + "    while rank == 1:\n        dist.barrier()\n" + RIGHT, "rank 0 calls all_reduce (line 6) where rank 1 calls barrier (line 4)"),
    "rank 1 alone works for ever": (HEAD + "    while rank == 1:\n        x = x + 0\n" + RIGHT, "rank 1: line 4, `x = x + 0`: the cell runs more than 20000 tensor operations"),
    "rank 1 raises": (HEAD + "    if rank == 1:\n        raise ValueError('rank 1 has had enough')\n" + RIGHT, "rank 1: line 4, `raise ValueError('rank 1 has had enough')`"),
    "leaves in the middle": (HEAD + "    if rank == 1:\n        raise SystemExit\n" + RIGHT, "rank 1: line 4, `raise SystemExit`"),
    "asks to be interrupted": (HEAD + "    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "a group of its own": (HEAD + "    dist.new_group([0, 1])\n" + RIGHT, "rank 0: line 3, `dist.new_group([0, 1])`"),
    "a group from elsewhere": (HEAD + RIGHT.replace("(total)", "(total, group='mine')"), "these ranks have one group, the world: leave `group` out"),
    "all_to_all": (HEAD + "    dist.all_to_all([x], [x])\n" + RIGHT, "torch.distributed.all_to_all is not among the calls that these ranks have"),
    "all_to_all_single": (HEAD + "    dist.all_to_all_single(x, x)\n" + RIGHT, "torch.distributed.all_to_all_single is not among the calls that these ranks have"),
    "objects": (HEAD + "    dist.broadcast_object_list([x])\n" + RIGHT, "torch.distributed.broadcast_object_list is not among the calls that these ranks have"),
    "a list for a tensor": (HEAD + "    dist.all_reduce([x])\n" + RIGHT, "all_reduce takes tensors, not list"),
    "a number for a tensor": (HEAD + "    dist.all_reduce(3.0)\n" + RIGHT, "all_reduce takes tensors, not float"),
    "a rank that is no number": (HEAD + "    dist.broadcast(x, src='rank 0')\n" + RIGHT, "src has to be the number of a rank, not 'rank 0'"),
    "a rank that is not there": (HEAD + "    dist.send(x, 99)\n" + RIGHT, "send names rank 99"),
    "another reduction": (HEAD + "    dist.all_reduce(x, op=dist.ReduceOp.BXOR)\n" + RIGHT, "the reductions here are ReduceOp.SUM, AVG, MAX, MIN and PRODUCT"),
    "a message to itself": (HEAD + "    dist.send(x, rank)\n" + RIGHT, "dst=0: a rank does not send to itself"),
    "one message for a batch": (HEAD + "    dist.batch_isend_irecv(dist.P2POp(dist.isend, x, 0))\n" + RIGHT, "rank 0: line 3"),
    "a sparse tensor": (HEAD + "    dist.all_reduce(x.to_sparse())\n" + RIGHT, "rank 0: the grader cannot follow tensors of layout torch.sparse_coo"),
    "more than there is memory for": (HEAD + "    return x.new_empty(1 << 50)\n", "rank 0: line 3"),
}  # fmt: skip

# What may end the kernel, or hold it up: no point, whatever is said.
ENDS = {
    "loops for ever": HEAD + "    while True:\n        pass\n",
    "loops for ever on rank 1": HEAD + "    while rank == 1:\n        pass\n" + RIGHT,
    "sleeps": HEAD + "    import time\n    time.sleep(3600)\n",
    "kills its rank": HEAD + "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    "leaves at once": HEAD + "    import os\n    os._exit(0)\n",
    "writes where it may not": HEAD + "    import ctypes\n    ctypes.string_at(0)\n",
    "forks without end": HEAD + "    import os\n    while True:\n        os.fork()\n",
    "fills memory": HEAD + "    held = []\n    while True:\n        held.append(bytearray(1 << 26))\n",
}


def notebook(cell: str) -> nbformat.NotebookNode:
    """The lab's first cells and three tasks: an honest one before and behind the one with that cell."""
    source = nbformat.read(ROOT / "solutions" / "en" / "ranks" / "ranks.ipynb", as_version=4)
    kept = {name.replace(".", "-", 1) for name in (TARGET, BEFORE, AFTER)}
    given, tasks = [], {name: [] for name in kept}
    for each in deepcopy([each for each in source.cells if each.cell_type == "code"]):
        name = each.metadata.get("nbgrader", {}).get("grade_id", "")
        task = name.removeprefix("solution-")
        if task in kept:
            tasks[task].append(each)
        elif not name or name.startswith("given"):
            given.append(each)
    target = TARGET.replace(".", "-", 1)
    tasks[target][0].source = f"%%task {TARGET}\n{cell}"
    ordered = [BEFORE.replace(".", "-", 1), target, AFTER.replace(".", "-", 1)]
    cells = [*given, *(each for name in ordered for each in tasks[name])]
    made = nbformat.v4.new_notebook(cells=cells, metadata=deepcopy(source.metadata))
    made.metadata["course"] = {"lab": "ranks", "language": "en"}
    return made


def test_a_right_function_earns_its_points(tmp_path: Path) -> None:
    nb = plugged_in(notebook(HEAD + RIGHT), tmp_path)
    assert points(nb) == {BEFORE: 2.0, TARGET: 2.0, AFTER: 1.0}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
def test_what_no_rank_can_run_costs_its_task_and_says_why(name: str, tmp_path: Path) -> None:
    cell, words = SAID[name]
    nb = plugged_in(notebook(cell), tmp_path)

    assert points(nb) == {BEFORE: 2.0, TARGET: 0.0, AFTER: 1.0}
    assert words in said(nb, TARGET)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDS)
def test_what_ends_or_holds_up_a_kernel_costs_its_own_task_only(name: str, tmp_path: Path) -> None:
    nb = plugged_in(notebook(ENDS[name]), tmp_path, seconds=15)

    assert points(nb) == {BEFORE: 2.0, TARGET: 0.0, AFTER: 1.0}
    assert said(nb, TARGET)
