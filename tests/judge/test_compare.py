"""Each comparison finds its fault, and takes the hint that explains it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from grader.judge import compare
from grader.lab.messages import message
from grader.lab.task import Task
from grader.lab.values import Expected, TaskValues

WANT = torch.arange(1.0, 13.0, dtype=torch.float64).reshape(3, 4).sin()


def expected(**values: Tensor) -> dict[str, Expected]:
    return {name: Expected(value, torch.full_like(value, 1e-12)) for name, value in values.items()}


def said(reason) -> str:
    return reason.render("en") if reason else ""


def test_a_variable_that_is_not_there_is_missing():
    assert said(compare.missing(expected(dX=WANT), {})).startswith("dX is missing")
    assert compare.missing(expected(dX=WANT), {"dX": WANT}) is None


def test_shapes_are_compared_exactly():
    def shape(got: Tensor, name: str = "Y") -> str:
        return said(compare.wrong_shape_or_dtype(expected(**{name: WANT}), {name: got}, torch.float64))

    assert shape(WANT) == ""
    assert shape(WANT.T) == "Y has shape (4, 3), expected (3, 4): the dimensions stand in the reverse order"
    assert shape(WANT[None]).endswith(": a dimension of size 1 is lost or added")
    assert shape(WANT[:, :1]).startswith("Y has shape (3, 1), expected (3, 4)")  # it would broadcast


def test_another_dtype_than_the_datas_is_wrong():
    reason = compare.wrong_shape_or_dtype(expected(Y=WANT), {"Y": WANT.float()}, torch.float64)
    assert said(reason) == "Y has dtype torch.float32, expected torch.float64, the dtype of the data"


def numbers(got: Tensor, before: dict[str, Tensor] | None = None, name: str = "Y", **others: Tensor) -> str:
    return said(compare.wrong_numbers(expected(**{name: WANT}, **others), {name: got, **others}, before or {}))


def test_right_numbers_say_nothing():
    assert numbers(WANT + 1e-13) == ""


def test_wrong_numbers_are_shown_where_they_differ_most():
    got = WANT.clone()
    got[1, 2] += 0.5
    assert numbers(got).startswith("Y is wrong: 8.3% of its numbers differ; at [1, 2] expected 0.656987, got 1.15699")


def test_numbers_that_nearly_agree_are_shown_with_all_their_digits():
    got = WANT.clone()
    got[0, 0] += 1e-10
    assert "expected 0.841470985, got 0.841470985" not in numbers(got)
    assert "expected 0.84147098480" in numbers(got)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_is_wrong(bad):
    got = WANT.clone()
    got[2, 3] = bad
    assert "at [2, 3]" in numbers(got)


def test_how_far_a_number_may_be_off_is_asked_only_where_one_is():
    asked = []
    want = {"Y": Expected(torch.ones(2), lambda: asked.append("Y") or torch.full((2,), 0.5))}
    assert compare.wrong_numbers(want, {"Y": torch.ones(2)}, {}) is None and not asked
    assert compare.wrong_numbers(want, {"Y": torch.tensor([1.0, 1.25])}, {}) is None and asked == ["Y"]
    assert compare.wrong_numbers(want, {"Y": torch.tensor([1.0, 2.0])}, {}) is not None


def test_a_reason_about_numbers_or_a_shape_takes_a_hint_in_place_of_what_is_seen_in_them():
    reason = compare.wrong_numbers(expected(dY=WANT), {"dY": WANT * 0.5}, {})
    assert said(reason).endswith(": it is the right value times 0.5") and compare.takes_a_hint(reason)
    hinted = compare.with_hint(reason, message(": the 2 is missing"))
    assert said(hinted).endswith(": the 2 is missing") and "times 0.5" not in said(hinted)
    behind = message("line 3: {reason}", reason=reason)
    assert compare.takes_a_hint(behind) and said(compare.with_hint(behind, message("!"))).endswith("!")
    shape = compare.wrong_shape_or_dtype(expected(Y=WANT), {"Y": WANT[:2]}, torch.float64)
    assert said(compare.with_hint(shape, message(": one row is lost"))).endswith(": one row is lost")


def test_a_reason_about_anything_else_takes_no_hint():
    assert not compare.takes_a_hint(compare.missing(expected(dX=WANT), {}))
    dtype = compare.wrong_shape_or_dtype(expected(Y=WANT), {"Y": WANT.float()}, torch.float64)
    assert not compare.takes_a_hint(dtype)


def test_a_single_wrong_number_has_no_index():
    reason = compare.wrong_numbers(expected(loss=torch.tensor(1.0).double()), {"loss": torch.tensor(2.0)}, {})
    assert "expected 1, got 2" in said(reason) and "[]" not in said(reason)


REPLICAS = Task("row.update", updates=("b_gpu1", "b_gpu2"), replicas=("b_gpu1", "b_gpu2"), replica_of="b_tp_row")
OLD, NEW = torch.ones(1, 3, dtype=torch.float64), torch.full((1, 3), 0.5, dtype=torch.float64)


def drifting(first: Tensor, second: Tensor) -> str:
    given = TaskValues({}, {"b_gpu1": OLD, "b_gpu2": OLD}, expected(b_tp_row=NEW))
    before = {"b_gpu1": OLD, "b_gpu2": OLD}
    return said(compare.drifting_replicas(REPLICAS, given, {"b_gpu1": first, "b_gpu2": second}, before))


def test_replicas_may_both_step_or_both_stay():
    assert drifting(NEW, NEW.clone()) == drifting(OLD, OLD.clone()) == ""


def test_replicas_that_drift_apart_are_named():
    assert "no longer equal" in drifting(NEW, OLD)
    assert "no longer equal" in drifting(NEW, NEW[0])


def test_replicas_that_are_equal_and_wrong_are_named():
    assert "not the bias after the step" in drifting(NEW - 1, NEW - 1)
    assert "not the bias after the step" in drifting(NEW[0], NEW[0])


def test_a_task_without_replicas_has_none_that_drift():
    assert compare.drifting_replicas(Task("t"), TaskValues({}, {}, {}), {}, {}) is None


def test_an_input_that_the_cell_wrote_into_is_named():
    task = Task("t", updates=("W_gpu1",))
    before = {"X": OLD.clone(), "W_gpu1": OLD.clone()}
    assert compare.changed_inputs(task, {"X": OLD, "W_gpu1": NEW}, before) is None
    assert said(compare.changed_inputs(task, {"X": NEW, "W_gpu1": NEW}, before)).startswith("the cell changes X")
    assert said(compare.changed_inputs(task, {"X": OLD.T}, before)).startswith("the cell changes X")


def test_a_view_of_an_input_shares_its_memory():
    task, W = Task("t", owns=("W_gpu1", "W_gpu2")), torch.zeros(4, 4)
    own = {"W_gpu1": W[:2].clone(), "W_gpu2": W[2:].clone()}
    assert compare.shared_memory(task, {"W": W}, own) is None
    reason = compare.shared_memory(task, {"W": W}, {**own, "W_gpu2": W[2:]})
    assert said(reason).startswith("W_gpu2 shares its memory with W,")


def test_a_view_of_a_copy_keeps_all_of_the_copy_alive():
    reason = compare.shared_memory(Task("t", owns=("W_gpu1",)), {}, {"W_gpu1": torch.zeros(4, 4)[:2]})
    assert said(reason).startswith("W_gpu1 is a view of more memory than its own numbers")


def test_two_outputs_of_one_memory_are_named():
    X = torch.zeros(2, 2)
    reason = compare.shared_memory(Task("t", owns=("X_gpu1", "X_gpu2")), {}, {"X_gpu1": X, "X_gpu2": X})
    assert said(reason).startswith("X_gpu2 shares its memory with X_gpu1")


def test_replicas_of_one_memory_are_named():
    reason = compare.shared_memory(REPLICAS, {}, {"b_gpu1": NEW, "b_gpu2": NEW})
    assert said(reason).startswith("b_gpu1, b_gpu2 share one memory")
    assert compare.shared_memory(REPLICAS, {}, {"b_gpu1": NEW, "b_gpu2": NEW.clone()}) is None
