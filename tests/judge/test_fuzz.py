"""Hostile traces through the judge's process: a verdict each time, the judge alive, and no undeserved pass."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.section import record_section
from grader.judge.answers import task_values
from grader.judge.operations import ALLOWED, LOOKS, base_name
from grader.judge.process import Bounds, JudgeProcess, Outcome
from grader.judge.settings import settings_of
from grader.judge.trace import Trace, to_json
from grader.lab.registry import find_lab
from tests.judge.conftest import SMALL
from tests.labs.corpora import solution_cells

PAGE = (Path(__file__).parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")
SEED, OTHER_SEED = 5, 77
Plain = dict[str, Any]


@pytest.fixture(scope="module")
def judge() -> Iterator[JudgeProcess]:
    with JudgeProcess(Bounds(seconds=20, memory=2 << 30)) as process:
        yield process


@pytest.fixture(scope="module")
def recorded() -> dict[str, Plain]:
    """The traces of the lab's own solution, task by task."""
    cells = {task: TransformerManager().transform_cell(text) for task, text in solution_cells().items()}
    tasks = [task for task in cells if not task.startswith("fp32")]
    return {task: json.loads(to_json(record_section(find_lab("linear").section(task), task, cells, SMALL, {}))) for task in tasks}


def _said(outcome: Outcome) -> str:
    return outcome.reason.render("en") if outcome.reason else ""


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 2, "phases": ' + "[" * 100_000, "[" * 10**6 + "]" * 10**6, '{"version": 2, "phases": [' + "{}," * 10**6 + "{}]}",
        '{"version": 1e999, "phases": []}', '{"version": 2, "phases": NaN}', '{"version": ' + "9" * 10_000 + "}", "\ud800\udc00\udfff", "\x00" * 10**6,
        json.dumps({"version": 2, "phases": [{"task": "t", "inputs": {}, "nodes": [[]] * 10**6}]}),
    ],
    ids=range(9),
)  # fmt: skip
def test_a_text_that_is_no_trace_at_all_is_not_examined(text, judge):
    outcome = judge.judge("linear", "manual.forward", SMALL, [text], SEED)
    assert not outcome.examined and "the record cannot be read" in _said(outcome)


# -- mutations: each changes one thing in a judged phase, a plain dict ------------------------------------------------

ODD = (None, True, -1, 0, 1, 2, 7, 2**31, -(2**62), 10**12, 10**30, 0.0, 1e308, {"float": "nan"}, {"float": "-inf"}, "", "x", "é\ud800",
       "x" * 5000, [], [[[[[[[[1]]]]]]]], [1, 2], [10**6, 10**6], {"slot": 0}, {"slot": 10**6}, {"slot": -1}, {"slot": None}, {},
       {"dtype": "int8"}, {"dtype": "float32"}, {"dtype": "nonsense"}, {"device": "cuda"}, {"device": "meta"}, {"device": "../x"},
       {"layout": "sparse_coo"}, {"memory_format": "channels_last"}, {"object": "os"})  # fmt: skip
OPERATIONS = (
    "aten.abs.default", "aten.neg.default", "aten.mul.Tensor", "aten.sub.Tensor", "aten.add.Tensor", "aten.add_.Tensor", "aten.mm.default",
    "aten.t.default", "aten.permute.default", "aten.set_.source_Tensor", "aten.resize_.default", "aten.from_file.default", "aten.no.such",
    "aten._reshape_alias.default", "aten.as_strided.default", "aten.view.default", "aten.unbind.int", "aten.empty_like.default",
    "aten.detach.default", "aten.clone.default", "aten.zero_.default", "aten.sum.dim_IntList", "aten.expand.default", "constant",
    "leaves torch", "prims.add.default", "os.system.x", "aten.matrix_power.default", "aten.kron.default", "aten.cumprod.default", "",
)  # fmt: skip


def _some(rng: random.Random, items: list[Any]) -> Any:
    return rng.choice(items) if items else [None] * 6


def _slots_of(phase: Plain) -> list[int]:
    made = [slot for one in phase["nodes"] for slot in one[3] if slot is not None]
    return [given["slot"] for given in phase["inputs"].values()] + made


def _renamed(rng: random.Random, phase: Plain) -> None:
    _some(rng, phase["nodes"])[0] = rng.choice(OPERATIONS)


def _argument(rng: random.Random, phase: Plain) -> None:
    arguments = _some(rng, [one for one in phase["nodes"] if one[1]])[1] or []
    if arguments:
        arguments[rng.randrange(len(arguments))] = copy.deepcopy(rng.choice(ODD))


def _argument_slot(rng: random.Random, phase: Plain) -> None:
    found = [a for one in phase["nodes"] for a in one[1] if isinstance(a, dict) and "slot" in a]
    if found:
        rng.choice(found)["slot"] = rng.choice(_slots_of(phase))


def _argument_count(rng: random.Random, phase: Plain) -> None:
    arguments = _some(rng, phase["nodes"])[1] or []
    if arguments and rng.random() < 0.5:
        del arguments[rng.randrange(len(arguments))]
    else:
        arguments.insert(rng.randint(0, len(arguments)), copy.deepcopy(rng.choice(ODD)))


def _keyword(rng: random.Random, phase: Plain) -> None:
    word = rng.choice(("out", "dim", "alpha", "beta", "dtype", "device", "self", "other", "evil", "pin_memory", "layout"))
    (_some(rng, phase["nodes"])[2] or {})[word] = copy.deepcopy(rng.choice(ODD))


def _results(rng: random.Random, phase: Plain) -> None:
    _some(rng, phase["nodes"])[3] = rng.choice([[], [None], [rng.choice(_slots_of(phase))], [-1], ["x"], [3] * 1000, list(range(70_000)), None])


def _where(rng: random.Random, phase: Plain) -> None:
    one = _some(rng, phase["nodes"])
    one[4], one[5] = rng.choice([(0, ""), (2**31 - 1, "é"), (3, "{line}{code}"), (1, "\ud800" * 1000), (1, "%s{0.__class__}")])


def _field(rng: random.Random, phase: Plain) -> None:
    _some(rng, phase["nodes"])[rng.randrange(6)] = copy.deepcopy(rng.choice(ODD))


def _order(rng: random.Random, phase: Plain) -> None:
    nodes = phase["nodes"]
    if len(nodes) > 1:
        a, b = rng.sample(range(len(nodes)), 2)
        nodes[a], nodes[b] = nodes[b], nodes[a]


def _dropped(rng: random.Random, phase: Plain) -> None:
    if phase["nodes"]:
        del phase["nodes"][rng.randrange(len(phase["nodes"]))]


def _doubled(rng: random.Random, phase: Plain) -> None:
    one = copy.deepcopy(_some(rng, phase["nodes"]))
    phase["nodes"][rng.randint(0, len(phase["nodes"])) :][:0] = [one] * rng.choice([1, 2, 50])
    phase["nodes"].insert(rng.randint(0, len(phase["nodes"])), one)


def _unused(rng: random.Random, phase: Plain) -> None:
    wild = ["aten.histc.default", [{"slot": rng.choice(_slots_of(phase) or [0])}], {}, [10**6], 1, ""]
    phase["nodes"].insert(rng.randint(0, len(phase["nodes"])), wild)


def _input_shape(rng: random.Random, phase: Plain) -> None:
    if phase["inputs"]:
        rng.choice(list(phase["inputs"].values()))["shape"] = rng.choice([[], [1], [10**9, 10**9], [-1], ["3"], None, [1] * 70, [2.5]])


def _input_slot(rng: random.Random, phase: Plain) -> None:
    if phase["inputs"]:
        rng.choice(list(phase["inputs"].values()))["slot"] = rng.choice([0, 1, 2, 99, 2**31, -1, None, True])


def _outputs(rng: random.Random, phase: Plain) -> None:
    name = rng.choice([*phase["outputs"], "evil"])
    phase["outputs"][name] = rng.choice([*_slots_of(phase), 10**6, -1, None, [0]])


def _no_output(rng: random.Random, phase: Plain) -> None:
    if phase["outputs"]:
        del phase["outputs"][rng.choice(list(phase["outputs"]))]


def _key(rng: random.Random, phase: Plain) -> None:
    phase[rng.choice([*phase, "evil", "__class__"])] = copy.deepcopy(rng.choice(ODD))


def _number(rng: random.Random, phase: Plain) -> None:
    """One number inside of an argument, a little or a lot different."""
    places = [(tree, i) for one in phase["nodes"] for tree in [one[1], *[a for a in one[1] if isinstance(a, list)]] for i, a in enumerate(tree) if type(a) in (int, float)]
    if places:
        tree, i = rng.choice(places)
        tree[i] = rng.choice([tree[i] + 1, -tree[i], tree[i] * 2, tree[i] * (1 + 1e-9), 0, 10**12, 2**62])


MUTATIONS: tuple[Callable[[random.Random, Plain], None], ...] = (
    _renamed, _argument, _argument_slot, _argument_count, _keyword, _results, _where, _field, _order, _dropped, _doubled, _unused,
    _input_shape, _input_slot, _outputs, _no_output, _key, _number,
)  # fmt: skip


def _computes_the_same(task: str, trace: Plain, original: Plain) -> bool:
    """Whether the page's replayer, which shares no line with the judge's, makes the same of both on other values."""
    page: Plain = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.S)[-1], page)
    section = find_lab("linear").section(task)

    def outputs(one: Plain) -> Plain:
        one, made = copy.deepcopy(one), set[int]()
        for phase in one["phases"]:
            made |= {given["slot"] for given in phase["inputs"].values()}
            phase["nodes"] = list(_that_run(phase["nodes"], made))
        with settings_of(SMALL):
            values = task_values(section, SMALL, OTHER_SEED)
            inputs = {known.name: dict(given.inputs) for known, given in zip(section.tasks, values, strict=True)}
            return page["replay"](one, inputs)[task]

    wanted, got = outputs(original), outputs(trace)
    return all(name in got and _close(got[name], want) for name, want in wanted.items())


def _close(got: torch.Tensor, want: torch.Tensor) -> bool:
    return got.shape == want.shape and got.dtype == want.dtype and torch.allclose(got, want, rtol=1e-12, atol=1e-12)


def _that_run(nodes: list[Any], made: set[int]) -> Iterator[list[Any]]:
    """The nodes that can run at all: the judge passes over others as long as no result comes from them."""
    for one in nodes:
        uses = {int(slot) for slot in re.findall(r'"slot": (\d+)', json.dumps(one[1:3]))}
        replayed = one[0] == "constant" or base_name(one[0]) in ALLOWED - LOOKS
        if uses <= made and replayed:
            made |= {slot for slot in one[3] if slot is not None}
            yield one


def _fuzz(judge: JudgeProcess, recorded: dict[str, Plain], count: int, seed: int) -> tuple[Counter[str], list[str]]:
    rng, seen, undeserved = random.Random(seed), Counter[str](), list[str]()
    for _ in range(count):
        task = rng.choice(list(recorded))
        trace = copy.deepcopy(recorded[task])
        mutated = next(phase for phase in trace["phases"] if phase["task"] == task)
        steps = rng.choices(MUTATIONS, k=rng.choice([1, 1, 1, 2, 4]))
        try:
            for step in steps:
                step(rng, mutated)
        except (TypeError, KeyError, AttributeError, ValueError, IndexError):
            pass  # the second of two mutations meets what the first one left
        outcome = judge.judge("linear", task, SMALL, [json.dumps(trace)], SEED)
        said = _said(outcome)
        seen["judged"] += 1
        seen["crashes"] += "ended with" in said or "itself fails" in said
        seen["hangs"] += "takes longer" in said
        seen["passed"] += outcome.passed
        if outcome.passed and not _computes_the_same(task, trace, recorded[task]):
            undeserved.append(f"{task}: {[step.__name__ for step in steps]}")
    return seen, undeserved


@pytest.mark.parametrize(("count", "seed"), [(400, 1), pytest.param(5000, 2, marks=pytest.mark.slow)])
def test_a_mutated_trace_harms_no_judge_and_passes_only_where_it_computes_the_same(count, seed, judge, recorded, record_property):
    assert all(judge.judge("linear", task, SMALL, [json.dumps(trace)], SEED).passed for task, trace in recorded.items())
    seen, undeserved = _fuzz(judge, recorded, count, seed)
    record_property("hostile", dict(seen))
    assert not undeserved
    assert seen["judged"] == count and not seen["crashes"] and not seen["hangs"]
    assert all(judge.judge("linear", task, SMALL, [json.dumps(trace)], SEED).passed for task, trace in recorded.items())


def test_two_things_computed_differently_are_told_apart(recorded):
    """The argument by which a mutated trace may pass is one that can fail."""
    changed = copy.deepcopy(recorded["manual.forward"])
    slot = changed["phases"][0]["outputs"]["Y"]
    changed["phases"][0]["nodes"].append(["aten.neg.default", [{"slot": slot}], {}, [slot], 1, ""])
    assert _computes_the_same("manual.forward", recorded["manual.forward"], recorded["manual.forward"])
    assert not _computes_the_same("manual.forward", changed, recorded["manual.forward"])


def test_a_trace_of_nothing_at_all_is_a_failed_one(judge):
    assert judge.judge("linear", "manual.forward", SMALL, [to_json(Trace(()))], SEED).examined
