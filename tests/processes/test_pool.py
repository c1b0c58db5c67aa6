"""Functions on real processes: what each rank returns, and one sentence for whatever goes wrong."""

from __future__ import annotations

import os
from typing import Any

import pytest
import torch

from grader.processes.plain import NotPlain
from grader.processes.pool import Made, Pool, RunFailed
from grader.processes.program import Program, Text

SUM = """def add(x):
    dist.all_reduce(x)
    return x
"""


def run(pool: Pool, source: str, inputs: list[Any], name: str = "add", **how: Any) -> tuple[Made, ...]:
    return pool.run(Program(name, (Text(name, source),)), inputs, **how)


def said(pool: Pool, source: str, count: int = 2, **how: Any) -> tuple[str, str]:
    """What is said in both languages of a function that fails."""
    with pytest.raises(RunFailed) as failed:
        run(pool, source, [(torch.ones(3),)] * count, **how)
    return failed.value.message.render("en"), failed.value.message.render("ru")


def pids(pool: Pool) -> list[int]:
    return [rank.process.pid for rank in pool._ranks]


@pytest.mark.parametrize("given", [lambda x: (x,), lambda x: {"x": x}], ids=["in order", "by name"])
def test_every_rank_returns_its_own_tensors_and_what_it_was_given_stays_as_it_was(pool: Pool, given: Any) -> None:
    inputs = [torch.full((2, 3), float(rank + 1), dtype=torch.float64) for rank in range(3)]

    made = run(pool, SUM, [given(x) for x in inputs])

    assert [one.returned.tolist() for one in made] == [torch.full((2, 3), 6.0).tolist()] * 3
    assert [x[0, 0].item() for x in inputs] == [1, 2, 3]
    assert all(one.calls == {"all_reduce": (1, 6)} for one in made)


def test_the_next_runs_use_the_same_processes_whatever_their_number(pool: Pool) -> None:
    run(pool, SUM, [(torch.ones(1),)] * 3)
    before = pids(pool)
    for count in (1, 2, 3):
        assert [one.returned.item() for one in run(pool, SUM, [(torch.ones(1),)] * count)] == [count] * count
    assert pids(pool) == before


def test_ranks_that_finish_early_wait_for_those_that_still_receive(pool: Pool) -> None:
    source = """def add(x):
    if dist.get_rank() == 0:
        dist.send(x, 1)
    else:
        import time
        time.sleep(0.3)
        dist.recv(x, 0)
    return x
"""
    made = run(pool, source, [(torch.full((4,), 7.0),), (torch.zeros(4),)])
    assert made[1].returned.tolist() == [7.0] * 4
    assert made[0].calls == {"send": (1, 4)} and made[1].calls == {"recv": (1, 4)}


def test_what_ranks_print_comes_back_in_bounds(pool: Pool) -> None:
    printing = "def add(x):\n    print('я — ранг', dist.get_rank())\n    print('x' * 10**5)\n"
    made = run(pool, printing, [(torch.ones(1),)] * 2)
    assert [one.printed[:12].splitlines()[0] for one in made] == ["я — ранг 0", "я — ранг 1"]
    assert all(len(one.printed) < 5000 for one in made)


FAILURES = {
    "raises": (
        "def add(x):\n    if dist.get_rank() == 1:\n        x @ torch.ones(5)\n    dist.all_reduce(x)\n",
        "rank 1: line 3, `x @ torch.ones(5)`: RuntimeError: ",
        "ранг 1: строка 3, `x @ torch.ones(5)`: RuntimeError: ",
    ),
    "a name that isn't there": (
        "def add(x):\n    return x + nothing_like_it\n",
        "rank 0: line 2, `return x + nothing_like_it`: nothing_like_it is not among the inputs",
        "ранг 0: строка 2, `return x + nothing_like_it`: ",
    ),
    "exits": (
        "def add(x):\n    if dist.get_rank() == 1:\n        import os\n        os._exit(3)\n    dist.all_reduce(x)\n",
        "rank 1: its process ended (exit code 3) in line 4, `os._exit(3)`",
        "ранг 1: его процесс завершился (exit code 3) на строке 4, `os._exit(3)`",
    ),
    "kills itself": (
        "def add(x):\n    import os, signal\n    if dist.get_rank() == 0:\n        os.kill(os.getpid(), 9)\n    dist.all_reduce(x)\n",
        "rank 0: its process ended (SIGKILL) in line 4, `os.kill(os.getpid(), 9)`",
        "ранг 0: его процесс завершился (SIGKILL) на строке 4, `os.kill(os.getpid(), 9)`",
    ),
    "raises SystemExit": (
        "def add(x):\n    exit(1)\n",
        "rank 0: line 2, `exit(1)`: ",
        "ранг 0: строка 2, `exit(1)`: ",
    ),
    "returns what is no tensor": (
        "def add(x):\n    return object()\n",
        "rank 0: the function returns object: return tensors, numbers, and lists, tuples or dicts of them",
        "ранг 0: функция возвращает object: ",
    ),
    "waits for ever": (
        "def add(x):\n    if dist.get_rank() == 1:\n        dist.recv(x, 0)\n",
        "not finished after 1 s: rank 1 is in line 3, `dist.recv(x, 0)`",
        "не закончили за 1 с: ранг 1 на строке 3, `dist.recv(x, 0)`",
    ),
    "loops for ever": (
        "def add(x):\n    while True:\n        x += 1\n",
        "not finished after 1 s: rank 0 is in line ",
        "не закончили за 1 с: ранг 0 на строке ",
    ),
    "holds the interpreter": (
        "def add(x):\n    import ctypes\n    ctypes.PyDLL(None).pause()\n",
        "not finished after 1 s: rank 0 is in line 3, `ctypes.PyDLL(None).pause()`; rank 1 is in line 3, ",
        "не закончили за 1 с: ранг 0 на строке 3, `ctypes.PyDLL(None).pause()`; ранг 1 на строке 3, ",
    ),
    "isn't defined": ("def other(x):\n    return x\n", "rank 0: KeyError: 'add'", "ранг 0: KeyError: 'add'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("failure", FAILURES)
def test_a_rank_that_goes_wrong_gives_one_sentence_and_the_next_run_works(pool: Pool, failure: str) -> None:
    source, english, russian = FAILURES[failure]
    seconds = 1.0 if "for ever" in failure or "holds" in failure else 60.0
    count = 2 if "rank 1" in english or "dist" in source else 1  # alone, rank 0 is the first to fail

    in_english, in_russian = said(pool, source, count, seconds=seconds)

    assert in_english.startswith(english) and in_russian.startswith(russian)
    assert [one.returned.item() for one in run(pool, SUM, [(torch.ones(1),)] * 2)] == [2, 2]


def test_a_process_that_somebody_ended_meanwhile_is_replaced(pool: Pool) -> None:
    run(pool, SUM, [(torch.ones(1),)] * 2)
    os.kill(pids(pool)[1], 9)
    pool._ranks[1].process.wait()
    assert [one.returned.item() for one in run(pool, SUM, [(torch.ones(1),)] * 2)] == [2, 2]


def test_a_function_that_forks_answers_once(pool: Pool) -> None:
    source = "def add(x):\n    import os\n    os.fork()\n    return torch.tensor(float(dist.get_rank()))\n"
    assert [one.returned.item() for one in run(pool, source, [(torch.ones(1),)] * 2)] == [0, 1]
    assert [one.returned.item() for one in run(pool, SUM, [(torch.ones(1),)] * 2)] == [2, 2]


def test_what_a_function_started_ends_with_the_pool(pool: Pool) -> None:
    source = "def add(x):\n    import subprocess\n    return subprocess.Popen(['sleep', '100000']).pid\n"
    (made,) = run(pool, source, [(torch.ones(1),)])
    pool.close()
    with pytest.raises(ProcessLookupError):
        while True:  # init may take a moment to bury it
            os.kill(made.returned, 0)


def test_inputs_that_cannot_travel_are_refused_before_anything_starts() -> None:
    pool = Pool()
    with pytest.raises(NotPlain, match="object"):
        run(pool, SUM, [(object(),)])
    assert pids(pool) == []


def test_a_view_takes_along_no_more_than_itself(pool: Pool) -> None:
    source = "def add(x):\n    return x.untyped_storage().nbytes()\n"
    (made,) = run(pool, source, [(torch.ones(1000, 1000)[:2, :2],)])
    assert made.returned == 16


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_with_gpus_the_ranks_speak_nccl(pool: Pool) -> None:
    count = torch.cuda.device_count()
    source = "def add(x):\n    dist.all_reduce(x)\n    return dict(x=x, there=str(x.device))\n"
    made = run(pool, source, [(torch.ones(2),)] * count, cuda=True)
    assert [one.returned["there"] for one in made] == [f"cuda:{rank}" for rank in range(count)]
    assert all(one.returned["x"].tolist() == [count] * 2 for one in made)
