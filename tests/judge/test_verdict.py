"""A task's verdict: what is judged, in which order, and what a right solution may choose."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch

from grader.bench.section import record_section
from grader.judge.answers import task_values
from grader.judge.exam import examine, judge_trace
from grader.judge.replay import replay_phase
from grader.judge.runners import namespace as module
from grader.judge.trace import Phase, Slot, Trace
from grader.lab.case import CHUNK, Case
from grader.lab.messages import message
from grader.lab.registry import find_lab
from tests.judge.conftest import DECIDING, RIGHT_FORWARD, SMALL, forward, node, taken

CHALLENGES = (SMALL, DECIDING)
MANUAL = find_lab("linear").section("manual.forward")
COLUMN = find_lab("linear").section("column.shard")


def examined(task: str, challenges: tuple[Case, ...] = CHALLENGES, **cells: str):
    section = find_lab("linear").section(task)
    texts = {f"{section.name}.{step}": text for step, text in cells.items()}
    return examine(section, task, challenges, lambda c: (record_section(section, task, texts, c, {}),), lambda: 3)


def test_a_task_passes_where_every_challenge_does():
    verdict = examined("manual.forward", forward="Y = X @ W.T + b")
    assert verdict.passed and verdict.render("en") == ""


def test_the_first_challenge_that_fails_is_named():
    verdict = examined("manual.dY", dY="dY = 2 * (Y - Y_gt) / (3 * 7)")
    assert not verdict.passed and verdict.case == DECIDING
    assert verdict.render("en").startswith("dY is wrong")


def test_a_cell_that_was_not_run_is_named(judge):
    assert judge("manual.dY", forward="Y = X").render("en") == "the cell of manual.dY has not been run"


def test_an_earlier_mistake_costs_nothing_later(judge):
    assert judge("manual.dY", forward="Y = X @ W.T", dY="dY = 2 * (Y - Y_gt) / Y.numel()") is None
    assert judge("manual.dY", forward="raise ValueError", dY="dY = 2 * (Y - Y_gt) / Y.numel()") is None


def test_the_cells_own_exception_is_told_with_its_line(judge):
    reason = judge("manual.forward", forward="\nY = X @ W")
    assert reason.render("en").startswith("line 2, `Y = X @ W`: a product of matrices (3, 11) and (7, 11): 11 and 7 have")


def test_problems_of_the_record_come_before_what_follows_from_them(judge):
    reason = judge("manual.forward", DECIDING, forward="import numpy\nY = torch.from_numpy(X.numpy() @ W.numpy().T)")
    assert "no recorded torch operation made" in reason.render("en")


@pytest.mark.parametrize(
    ("forward", "wrong"),
    [
        ("Z = X", "Y is missing"),
        ("Y = (X @ W.T + b).T", "in the reverse order"),
        ("Y = (X @ W.T + b).bfloat16()", "dtype"),
        ("Y = X @ W.T + 2 * b", "Y is wrong"),
        ("Y = X @ W.T + b\nX.zero_()", "the cell changes X"),
        ("Y = 3", "Y is a int, expected a torch tensor"),
    ],
)
def test_each_fault_of_a_cell_is_found(judge, forward, wrong):
    assert wrong in judge("manual.forward", forward=forward).render("en")


def test_shared_memory_is_found(judge):
    update = "W_manual, b_manual = W - lr * dW.T, b - lr * db"
    assert judge("manual.update", update=update) is None
    aliased = "part_size = 3\nW_gpu1, W_gpu2 = W[:3].clone(), W[3:].clone()\nX_gpu1 = X_gpu2 = X.clone()\nb_gpu1, b_gpu2 = b[:, :3].clone(), b[:, 3:].clone()"
    assert "shares its memory" in judge("column.shard", shard=aliased).render("en")


def test_drifting_replicas_are_found(judge):
    update = "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_gpu1 -= lr * db\nb_tp_row = b_gpu1"
    assert "no longer equal" in judge("row.update", update=update).render("en")


REFERENCE = (
    "linear = nn.Linear(in_ch, out_ch)\nlinear.load_state_dict(dict(weight=W, bias=b[0]))\n"
    "optimizer = torch.optim.SGD(linear.parameters(), lr=lr{options})\nX_t = X.clone().requires_grad_()\n"
    "Y_pred = linear(X_t)\nloss = ((Y_pred - Y_gt) ** 2).mean()\nloss.backward()\n"
    "dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]\noptimizer.step()\n"
)


def test_the_reference_steps_once_more_behind_the_scenes(judge):
    assert judge("reference.step", step=REFERENCE.format(options="")) is None
    reason = judge("reference.step", step=REFERENCE.format(options=", momentum=0.9"))
    assert reason.render("en").startswith("right for one step, but not for the next one: linear.weight is wrong")


def test_a_layer_that_changes_its_shape_in_the_next_step_is_wrong_and_nothing_worse(judge):
    odd = (
        "class Odd(torch.optim.SGD):\n    count = 0\n    def step(self):\n        super().step(); self.count += 1\n"
        "        if self.count == 2: linear.weight = nn.Parameter(linear.weight[:, :2].contiguous())\n"
    )
    reason = judge("reference.step", step=odd + REFERENCE.format(options="").replace("torch.optim.SGD", "Odd"))
    assert "linear.weight has shape" in reason.render("en")


def test_the_extra_row_may_lie_on_either_device():
    cells = (
        "k = {k}\nW_gpu1, W_gpu2 = W[:k].clone(), W[k:].clone()\nb_gpu1, b_gpu2 = b[:, :k].clone(), b[:, k:].clone()\n"
        "X_gpu1, X_gpu2 = X.clone(), X.clone()"
    )
    assert examined("column.shard", shard=cells.format(k="out_ch // 2")).passed
    assert examined("column.shard", shard=cells.format(k="(out_ch + 1) // 2")).passed
    assert not examined("column.shard", shard=cells.format(k="out_ch // 3")).passed
    mixed = cells.format(k="out_ch // 2").replace("b[:, :k].clone(), b[:, k:].clone()", "*b.clone().chunk(2, 1)")
    assert not examined("column.shard", shard=mixed).passed


def test_a_plain_cast_to_single_precision_is_judged_in_single_precision():
    assert examined("manual.forward", forward="Y = X.float() @ W.float().T + b.float()").passed
    assert not examined("manual.forward", forward="Y = (X.float() @ W.float().T + b.float()).double()").passed
    assert not examined("manual.forward", forward="Y = X.float() @ W.float().T + b.float() + 1e-3").passed


def test_fresh_seeds_are_drawn_for_each_challenge():
    seeds = iter(range(10))
    section = find_lab("linear").section("manual.forward")
    texts = {"manual.forward": "Y = X @ W.T + b"}
    examine(
        section, "manual.forward", CHALLENGES, lambda c: (record_section(section, "manual.forward", texts, c, {}),),
        lambda: next(seeds),
    )  # fmt: skip
    assert next(seeds) == len(CHALLENGES)


def test_a_trace_is_judged_on_values_that_it_did_not_see():
    trace = record_section(MANUAL, "manual.forward", {"manual.forward": "Y = X @ W.T + b"}, SMALL, {})
    assert all(judge_trace(MANUAL, "manual.forward", SMALL, (trace,), seed) is None for seed in range(3))
    answer = "Y = torch.tensor((X @ W.T + b).tolist())"
    trace = record_section(MANUAL, "manual.forward", {"manual.forward": answer}, SMALL, {})
    assert judge_trace(MANUAL, "manual.forward", SMALL, (trace,), 1) is not None


def test_the_records_own_error_decides_even_where_the_numbers_are_right():
    good = forward(*RIGHT_FORWARD).phases[0]
    bad = Trace((replace(good, error=message("stopped")),))
    assert judge_trace(MANUAL, "manual.forward", SMALL, (bad,), 1) == message("stopped")
    odd = Trace((replace(good, problems=(message("odd"),)),))
    assert judge_trace(MANUAL, "manual.forward", SMALL, (odd,), 1) == message("odd")


def test_an_earlier_phase_that_cannot_be_replayed_costs_only_itself():
    broken = Phase("column.shard", (("nothing", taken(0)),), (), (("W_gpu1", 5),))
    trace = record_section(COLUMN, "column.forward", {"column.forward": "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"}, SMALL, {})  # fmt: skip
    assert judge_trace(COLUMN, "column.forward", SMALL, (Trace((broken, *trace.phases)),), 1) is None


def test_settings_and_random_numbers_of_the_notebook_are_left_as_they_were(judge):
    torch.manual_seed(4)
    wanted = torch.rand(3)
    torch.manual_seed(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judge("manual.forward", forward="import warnings; warnings.warn('x'); torch.rand(9); Y = X @ W.T + b")
    assert torch.equal(torch.rand(3), wanted)
    assert torch.get_default_dtype() is torch.float32 and torch.get_default_device().type == "cpu"


def test_a_notebooks_default_device_does_not_reach_the_exam(judge):
    torch.set_default_device("meta")
    try:
        assert judge("manual.forward", forward="Y = torch.zeros(batch_size, out_ch) + X @ W.T + b") is None
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_device(None)


def test_a_default_device_set_in_a_cell_stays_there(judge):
    assert judge("manual.forward", forward="torch.set_default_device('cpu')\nY = X @ W.T + b") is None
    assert getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None) is None


def test_no_answer_is_in_memory_while_a_record_is_replayed(monkeypatch):
    known, asked = task_values(MANUAL, SMALL, 5, 1), []

    def watching(*arguments, **words):
        asked.extend("value" in vars(want) for want in known[-1].expected.values())
        return replay_phase(*arguments, **words)

    monkeypatch.setattr(module, "replay_phase", watching)
    monkeypatch.setattr(module, "task_values", lambda *_: known)
    assert judge_trace(MANUAL, "manual.forward", SMALL, (forward(*RIGHT_FORWARD),), 5) is None
    assert asked == [False] and "value" in vars(known[-1].expected["Y"])


def test_what_is_expected_does_not_follow_what_a_record_writes_into_its_inputs(judge_forward):
    emptied = [node("zero_.default", Slot(slot), out=slot) for slot in (0, 1, 2)]
    assert "wrong" in judge_forward(forward(*emptied, *RIGHT_FORWARD))


def test_cuts_are_honoured_challenge_by_challenge():
    assert COLUMN.alternatives(SMALL) == (SMALL.laid_out(CHUNK),)


def test_numbers_taken_out_of_tensors_and_put_into_new_ones_are_explained(judge):
    taken = "torch.tensor([(row_run[n][q] - linear_run[n][q]).abs().max().item() for n in in_chs])"
    reason = judge("fp32.experiment", experiment=f"max_diff = {{q: {taken} for q in quantities}}")
    said = reason.render("en")
    assert 'max_diff["Y"] is wrong' in said and "keep tensors" in said
