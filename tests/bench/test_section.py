"""One run of a section's cells in a fresh namespace."""

from __future__ import annotations

import functools
import math
import types
import typing
from typing import Any

import numpy
import pytest
import torch

from grader.bench.carried import carry_over
from grader.bench.section import Runs, record_section
from grader.judge.trace import Phase
from grader.lab.registry import find_lab
from tests.judge.conftest import SMALL
from tests.labs.corpora import solution_cells

COLUMN, MANUAL = find_lab("linear").section("column.shard"), find_lab("linear").section("manual.forward")


def phase(task: str, carried: dict[str, Any] | None = None, **cells: str) -> Phase:
    section = find_lab("linear").section(task)
    texts = {f"{section.name}.{step}": text for step, text in cells.items()}
    found = record_section(section, task, texts, SMALL, carried or {}).phase(task)
    assert found is not None
    return found


def error(of: Phase) -> str:
    return of.error.render("en") if of.error else ""


def test_phases_come_in_the_sections_order_up_to_the_task():
    cells = {"manual.dY": "dY = Y", "manual.forward": "Y = X", "manual.gradients": "dX = X"}
    trace = record_section(MANUAL, "manual.dY", cells, SMALL, {})
    assert [p.task for p in trace.phases] == ["manual.forward", "manual.dY"]


def test_a_task_without_a_cell_has_no_phase():
    assert record_section(MANUAL, "manual.dY", {"manual.dY": "dY = Y"}, SMALL, {}).phase("manual.forward") is None


@pytest.mark.parametrize("name", ["W", "linear", "dX_torch", "Y_pred", "secret"])
def test_w_and_every_reference_result_are_gone_in_forward(name):
    shard = "secret = 1\ndel secret"
    said = error(phase("column.forward", shard=shard, forward=f"Y = {name}"))
    assert said.startswith(f"line 1, `Y = {name}`: {name} ")


def test_w_hidden_under_its_own_name_is_gone_too():
    assert "W does not exist here" in error(phase("column.forward", shard="W = W.clone()", forward="Y = W"))


def test_inputs_are_put_back_before_each_task():
    shard = "X = b = lr = None\nW_gpu1 = 3"
    assert error(phase("column.forward", shard=shard, forward="Y = X @ W_gpu1.T + b[:, :part_size] * lr")) == ""


def test_the_students_own_variables_live_on():
    assert error(phase("column.forward", shard="edges = [1, 2]", forward="assert edges == [1, 2]")) == ""


KEPT = {
    "a list that holds a shard": ("{shard}\nWs = [W_gpu1]", "assert Ws[0] is W_gpu1"),
    "a parameter": ("{shard}\nW_gpu1 = torch.nn.Parameter(W_gpu1)\nowner = [W_gpu1]", "assert owner[0] is W_gpu1 and W_gpu1.requires_grad"),
    "a given tensor": ("{shard}\ngiven = X", "assert given is X"),
}  # fmt: skip
REPLACED = {
    "a wrong one": ("{shard}\nW_gpu1 = W_gpu1 + 1\nold = W_gpu1", "assert old is not W_gpu1"),
    "one that was written into": ("{shard}\nold = X\nX += 1", "assert old is not X"),
    "one memory under two names": ("{shard}\nX_gpu2 = X_gpu1\nold = X_gpu1", "assert X_gpu1 is not X_gpu2 is not old"),
    "a view of something larger": ("{shard}\nW_gpu1 = W[:part_size]\nold = W_gpu1", "assert old is not W_gpu1"),
    "one made in inference mode": ("{shard}\nwith torch.inference_mode(): X_gpu1 = X.clone()\nold = X_gpu1", "assert old is not X_gpu1"),
}  # fmt: skip


@pytest.mark.parametrize(("shard", "forward"), [*KEPT.values(), *REPLACED.values()], ids=[*KEPT, *REPLACED])
def test_a_variable_that_is_still_right_stays_the_students_own_and_others_are_put_back(shard, forward):
    cell = shard.format(shard=solution_cells()["column.shard"])
    assert error(phase("column.forward", shard=cell, forward=forward)) == ""


def test_what_looks_at_the_memory_of_an_input_is_a_view_of_it():
    shard = solution_cells()["column.shard"] + "\nflat = W_gpu1.view(-1)"
    found = phase("column.forward", shard=shard, forward="flat.sum()")
    node = found.nodes[0]
    assert node.operation == "aten.as_strided.default" and node.args[0].index == dict(found.inputs)["W_gpu1"].slot


def test_the_default_dtype_stays_the_datas():
    cell = "torch.set_default_dtype(torch.float32)\nassert torch.zeros(1).dtype is X.dtype"
    assert error(phase("manual.forward", forward=cell)) == ""
    assert torch.get_default_dtype() is torch.float32 and torch.set_default_dtype.__name__ == "set_default_dtype"


@pytest.mark.parametrize("task", ["reference.step", "manual.forward", "column.shard", "fp32.experiment"])
def test_every_cell_sees_what_section_0_gives(task):
    cell = {task.split(".")[1]: "lr, batch_size, in_ch, out_ch, seed, device, X, W, b, Y_gt"}
    assert error(phase(task, **cell)) == ""


def test_sizes_and_precision_are_the_challenges():
    cell = "assert (batch_size, in_ch, out_ch, lr, part_size) == (3, 11, 7, 0.05, 3)\nassert torch.zeros(1).dtype is torch.float64 is X.dtype"
    assert error(phase("column.forward", forward=cell)) == ""
    assert torch.get_default_dtype() is torch.float32


def test_common_imports_are_there():
    assert error(phase("manual.forward", forward="torch, nn, F, np, math")) == ""


def test_a_list_of_tensors_counts_as_their_stack():
    experiment = "max_diff = {q: [(row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs] for q in quantities}"
    assert len(phase("fp32.experiment", experiment=experiment).outputs) == 6


def test_runs_are_found_by_size_and_quantity():
    assert error(phase("fp32.experiment", experiment="assert row_run[5]['dX'].shape == (3, 5)")) == ""


def test_an_attribute_that_fails_is_an_error_of_the_cell():
    cell = "class Odd:\n    @property\n    def weight(self): raise ValueError('no')\nlinear = Odd()"
    assert "ValueError: no" in error(phase("reference.step", step=cell))
    assert error(phase("reference.step", step="linear = nn.LazyLinear(3)")) != ""


def _namespace(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__", "torch": torch, "numpy": numpy, "functools": functools}
    exec(source, names)
    return names


def test_functions_classes_and_modules_are_carried_and_data_is_not():
    names = _namespace("def _f(): pass\nclass C: pass\nimport math\nx, l, t = 1, [2], torch.ones(2)")
    kept = carry_over({**names, "_": len, "__": len, "_12": len, "_i3": "x", "Opt": typing.Optional, "sqrt": numpy.sqrt})
    assert {"_f", "C", "math", "torch", "Opt", "sqrt"} <= set(kept)
    assert not {"x", "l", "t", "_", "__", "_12", "_i3", "__builtins__"} & set(kept)
    assert kept["math"] is math


CARRIED = {
    "a keyword-only default": "def f(*, k=2): return k * lr",
    "a decorated function": "@torch.no_grad()\ndef f(): return 2 * lr",
    "a cached function": "@functools.lru_cache(maxsize=3)\ndef f(): return 2 * lr",
    "a partial": "def g(k): return k * lr\nf = functools.partial(g, 2)",
    "a closure": "def outer():\n    def inner(): return 2 * lr\n    return inner\nf = outer()",
    "a recursive closure": "def outer():\n    def inner(n): return lr + inner(n - 1) if n else 0\n    return lambda: inner(2)\nf = outer()",
    "a method": "class C:\n    def __call__(self): return 2 * lr\nf = lambda: C()()",
    "super": "class A:\n    def g(self): return 2 * lr\nclass B(A):\n    def g(self): return super().g()\nf = lambda: B().g()",
    "a property, a static and a class method": (
        "class C:\n    @property\n    def p(self): return lr\n    @staticmethod\n    def s(): return lr\n"
        "    @classmethod\n    def c(cls): return cls.s() + cls().p\nf = lambda: C.c()"
    ),
    "a module": "class M(torch.nn.Module):\n    def forward(self): return 2 * lr\nf = lambda: M()()",
    "a cached property": "class C:\n    @functools.cached_property\n    def p(self): return 2 * lr\nf = lambda: C().p",
    "an abstract class": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def g(self): ...\nclass B(A):\n"
        "    def g(self): return 2 * lr\nf = lambda: B().g()"
    ),
    "an autograd function": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x * lr\n"
        "    @staticmethod\n    def backward(ctx, g): return g * lr\n"
        "def f():\n    x = torch.ones((), requires_grad=True)\n    y = F.apply(x)\n    y.backward()\n    return float(y + x.grad)"
    ),
    "a function with attributes": "def f():\n    return f.k * lr\nf.k = 2",
    "a dataclass": "from dataclasses import dataclass\n@dataclass\nclass D:\n    k: int = 2\n    def g(self): return self.k * lr\nf = lambda: D().g()",
}  # fmt: skip


@pytest.mark.parametrize("source", CARRIED.values(), ids=CARRIED)
def test_what_is_carried_sees_the_exams_values_not_the_notebooks(source):
    carried = carry_over({**_namespace(source), "lr": 17.0})
    assert error(phase("manual.forward", carried, forward="assert abs(f() - 2 * 0.05) < 1e-9, f()")) == ""


def test_a_class_with_slots_or_another_metaclass_is_carried_as_it_is():
    source = "import enum\nclass E(enum.Enum):\n    A = 1\nclass S:\n    __slots__ = ('x',)\n    def __init__(self): self.x = 3"
    assert error(phase("manual.forward", carry_over(_namespace(source)), forward="assert E.A.value == 1 and S().x == 3")) == ""


def test_the_notebooks_own_function_stays_as_it_was():
    names = _namespace("def f(): return lr\nlr = 17.0")
    phase("manual.forward", carry_over(names), forward="f.mark = 1\nf()")
    assert names["f"]() == 17.0 and not hasattr(names["f"], "mark") and isinstance(names["f"], types.FunctionType)


def test_a_check_inside_of_a_tasks_own_cell_has_no_say():
    recorded = phase("manual.forward", forward='Y = X @ W.T + b\ncheck("manual.forward"); exam("manual.forward")')
    assert error(recorded) == "" and dict(recorded.outputs).keys() == {"Y"}


def test_figures_that_a_re_run_cell_draws_are_closed_and_others_stay():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    own = pyplot.figure()
    try:
        phase("manual.forward", forward="import matplotlib.pyplot as plt\nY = X @ W.T + b\nplt.plot([0, 1])\nplt.figure()")
        assert pyplot.get_fignums() == [own.number]
    finally:
        pyplot.close(own)


def test_a_run_that_goes_on_records_what_a_fresh_one_would():
    section, challenge, runs = find_lab("linear").section("column.shard"), SMALL, Runs()
    cells = {task: text for task, text in solution_cells().items() if task.startswith("column")}
    for task in section.task_names:
        assert runs.trace(section, task, cells, challenge, {}) == record_section(section, task, cells, challenge, {})
    again = runs.trace(section, "column.forward", cells, challenge, {})
    assert [phase.task for phase in again.phases] == ["column.shard", "column.forward"]


def test_a_changed_text_is_run_anew_and_an_unchanged_one_is_not():
    section, challenge, runs = find_lab("linear").section("manual.forward"), SMALL, Runs()
    cells = {"manual.forward": "import torch\ntorch.ran = getattr(torch, 'ran', 0) + 1\nY = X @ W.T + b"}
    try:
        runs.trace(section, "manual.forward", cells, challenge, {})
        runs.trace(section, "manual.forward", cells, challenge, {})
        runs.trace(section, "manual.dY", {**cells, "manual.dY": "dY = Y - Y_gt"}, challenge, {})
        assert torch.ran == 1
        runs.trace(section, "manual.dY", {**cells, "manual.dY": "dY = 2 * (Y - Y_gt)"}, challenge, {})
        assert torch.ran == 2
    finally:
        del torch.ran


def test_a_function_that_was_defined_anew_is_run_anew():
    section, challenge, runs = find_lab("linear").section("manual.forward"), SMALL, Runs()
    cells = {"manual.forward": "Y = forward(X)"}
    spaces = []
    for body in ("X @ W.T + b", "X @ W.T"):
        names = {"__name__": "__main__"}
        exec(f"def forward(X): return {body}", names)
        spaces.append({"forward": names["forward"]})
    first, second = (runs.trace(section, "manual.forward", cells, challenge, carried) for carried in spaces)
    assert len(first.phases[0].nodes) == len(second.phases[0].nodes) + 1


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        ("Y = X @ W.T + b\nY.numpy()[0] = 0", "Y"),
        ("Y = X @ W.T\nY.numpy()[...] += b.numpy()", "Y"),
        ("Y = X @ W.T + b\nY.apply_(lambda v: v + 1)", "Y"),
        ("Y = X @ W.T + b\nX.numpy()[...] = 0", "X"),
        ("Y = X @ W.T + b\nprint(Y.numpy(), X.tolist())", ""),
        ("Y = X @ W.T", ""),
    ],
)
def test_numbers_that_are_changed_where_no_operation_is_seen_are_told(forward, name):
    problems = [problem.render("en") for problem in phase("manual.forward", forward=forward).problems]
    assert [said.partition(": numbers were changed outside torch")[0] for said in problems] == ([name] if name else [])


def test_a_list_is_a_tensor_in_the_dictionary_of_the_experiment_only():
    listed = phase("manual.forward", forward="Y = [x @ W.T + b[0] for x in X]")
    assert [problem.render("en") for problem in listed.problems] == ["Y is a list, expected a torch tensor"]
    experiment = "max_diff = {q: [row_run[n][q].max() for n in in_chs] for q in quantities}"
    assert not phase("fp32.experiment", experiment=experiment).problems


def test_more_tensors_at_once_than_a_trace_holds_end_the_cell():
    said = error(phase("manual.forward", forward="Y = torch.stack(torch.zeros(30_000).unbind())"))
    assert said == "line 1, `Y = torch.stack(torch.zeros(30_000).unbind())`: the cell runs more than 20000 tensor operations"
