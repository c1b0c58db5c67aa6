"""`record` and `Ledger`: a cell of one's own, and what it did."""

from __future__ import annotations

import pytest
import torch

from grader.bench import Ledger, record
from grader.bench.ledger import NotRecorded
from grader.judge.trace import from_json, to_json

SHARDS = {name: torch.randn(4, 6) for name in ("X_gpu1", "X_gpu2", "W_gpu1", "W_gpu2")}
GATHER = "Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T\nY = torch.cat((Y_gpu1, Y_gpu2), 1)"


def test_a_cell_is_recorded_and_its_ledger_read():
    ledger = Ledger(record(GATHER, SHARDS))
    (gather,) = ledger.collectives
    assert (gather.kind, gather.numbers, gather.shape, gather.line) == ("all-gather", 32, (4, 8), 2)
    assert all(moment.weights == {1: 24, 2: 24} for moment in ledger.held)
    assert ledger.violations == ()


def test_a_trace_that_came_from_its_text_reads_the_same():
    trace = record(GATHER, SHARDS)
    assert Ledger(from_json(to_json(trace))).collectives == Ledger(trace).collectives


def test_what_breaks_the_rule_is_listed():
    (violation, *_) = Ledger(record("row = W_gpu1[:1] + W_gpu2[:1]", SHARDS)).violations
    assert "cross devices" in violation.message.render("en") and violation.line == 1


def test_homes_may_be_said_for_other_names():
    tensors = {"left": torch.randn(2, 2), "right": torch.randn(2, 2)}
    trace = record("both = left + right", tensors)
    assert Ledger(trace).collectives == ()
    assert [one.kind for one in Ledger(trace, homes={"left": 1, "right": (2,)}).collectives] == ["all-reduce"]


def test_the_cell_gets_copies():
    X = torch.ones(2)
    trace = record("X += 1\nX.mul_(3)", {"X": X})
    assert torch.equal(X, torch.ones(2)) and len(trace.phases[0].nodes) == 2


def test_every_tensor_that_the_cell_leaves_is_an_output():
    (phase,) = record("Y = X + 1\nn = 3\nZ = Y * 2", {"X": torch.ones(2)}).phases
    assert [name for name, _ in phase.outputs] == ["Y", "Z"]


def test_a_cell_that_fails_says_where():
    with pytest.raises(RuntimeError, match=r"line 2, `X @ X`: a product of matrices"):
        record("Y = X\nX @ X", {"X": torch.ones(2, 3)})


def test_what_only_numbers_decide_makes_no_ledger():
    with pytest.raises(NotRecorded, match=r"shapes and no numbers.*Y = X\[X > 0\]"):
        Ledger(record("Y = X[X > 0]", {"X": torch.ones(2)}))


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda: record(len, {}), "text of a cell, not a builtin"),
        (lambda: record("Y = X", {"X": [1.0]}), "the input X is a list, not a torch tensor"),
        (lambda: record("Y = Z", {"X": torch.ones(1)}), "Z is not among the inputs"),
        (lambda: Ledger({}), "takes a trace"),
        (lambda: Ledger(record("Y = X", {"X": torch.ones(1)}), homes={"Z": 1}), "homes names Z"),
        (lambda: Ledger(record("Y = X", {"X": torch.ones(1)}), homes={"X": 7}), r"on \(7,\)"),
        (lambda: Ledger(record("Y = X_gpu3", {"X_gpu3": torch.ones(1)})), "X_gpu3 lies on no device"),
    ],
)
def test_wrong_use_is_answered_with_a_sentence(attempt, said):
    with pytest.raises(NotRecorded, match=said):
        attempt()


def test_the_plot_is_a_picture_with_a_text_twin():
    plot = Ledger(record(GATHER, SHARDS)).plot()
    assert plot.svg.startswith("<svg") and "all-gather, line 2" in plot.text
    assert "not needed" not in plot.text  # nobody said what a cell of one's own needs


def test_a_model_with_two_layers_holds_half_of_both():
    shards = {f"W{layer}_gpu{device}": torch.randn(4, 4) for layer in (1, 2) for device in (1, 2)}
    cell = "Y = (X @ W1_gpu1.T).relu() @ W2_gpu1.T + (X @ W1_gpu2.T).relu() @ W2_gpu2.T"
    ledger = Ledger(record(cell, {"X": torch.randn(2, 4), **shards}))
    assert ledger.held[-1].weights == {1: 32, 2: 32} and "W1 + W2 50 %" in ledger.plot().text
    assert [one.kind for one in ledger.collectives] == ["all-reduce"]
