"""The lab `linear`: its tasks, their values, and the lab's own solution."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from grader.judge.answers import task_values
from grader.lab.case import CHUNK
from grader.lab.registry import find_lab, labs
from grader.labs.linear.lab import COLUMN, EXPERIMENT, LAB, ROW
from grader.labs.linear.mistakes.step import device_of
from tests.judge.conftest import SMALL


def test_every_automatic_task_has_points_and_all_are_twenty():
    assert set(find_lab("linear").task_names) <= set(LAB.points)
    assert sum(LAB.points.values()) == 20
    assert set(LAB.points) - set(find_lab("linear").task_names) == {"fp32.conclusion"}
    assert labs()["linear"] is LAB


def test_a_task_is_found_in_its_section():
    assert find_lab("linear").section("column.forward") is COLUMN
    with pytest.raises(KeyError):
        find_lab("linear").section("column.sideways")


def test_a_section_goes_up_to_a_task():
    assert [task.name for task in COLUMN.up_to("column.forward")] == ["column.shard", "column.forward"]
    assert COLUMN.task("column.update").updates == ("W_gpu1", "W_gpu2", "b_gpu1", "b_gpu2")


@pytest.mark.parametrize(("name", "device"), [("W_gpu1", 1), ("X_gpu2", 2), ("Y", None), ("gpu1", None)])
def test_a_name_says_its_device(name, device):
    assert device_of(name) == device


@pytest.mark.parametrize(
    ("section", "task", "shapes"),
    [
        (COLUMN, "column.shard", {"W_gpu1": (3, 11), "W_gpu2": (4, 11), "b_gpu1": (1, 3), "b_gpu2": (1, 4), "X_gpu1": (3, 11)}),
        (COLUMN, "column.backward", {"dX": (3, 11), "dW_gpu1": (11, 3), "dW_gpu2": (11, 4), "db_gpu1": (3,), "db_gpu2": (4,)}),
        (ROW, "row.shard", {"W_gpu1": (7, 5), "W_gpu2": (7, 6), "b_gpu1": (1, 7), "X_gpu1": (3, 5), "X_gpu2": (3, 6)}),
        (ROW, "row.backward", {"dX": (3, 11), "dW_gpu1": (7, 5), "dW_gpu2": (7, 6), "db": (7,)}),
    ],
)  # fmt: skip
def test_shapes_are_those_of_the_contract(section, task, shapes):
    values = dict(zip(section.task_names, task_values(section, SMALL, 0), strict=True))[task]
    assert {name: tuple(values.expected[name].value.shape) for name in shapes} == shapes


def test_the_other_cut_gives_device_1_the_extra_row():
    shard, forward, *_ = task_values(COLUMN, replace(SMALL, layout=CHUNK), 0)
    assert forward.plain["part_size"] == 4
    assert shard.expected["W_gpu1"].value.shape == (4, 11) and shard.expected["b_gpu1"].value.shape == (1, 4)


@pytest.mark.parametrize("section", [COLUMN, ROW])
def test_w_is_gone_once_it_is_sharded(section):
    shard, *later = task_values(section, SMALL, 0)
    assert "W" in shard.inputs and "part_size" not in shard.plain
    for values in later:
        assert "W" not in values.inputs and {"X", "Y_gt", "b", "W_gpu1", "W_gpu2"} <= set(values.inputs)
        assert "part_size" in values.plain and not any("torch" in name for name in values.inputs)


def test_later_tasks_start_from_right_results_in_memory_of_their_own():
    values = task_values(COLUMN, SMALL, 0)
    forward, backward = values[1], values[2]
    assert torch.allclose(backward.inputs["Y"], forward.expected["Y"].value)
    storages = {tensor.untyped_storage().data_ptr() for tensor in backward.inputs.values()}
    assert len(storages) == len(backward.inputs)


def test_the_experiment_asks_for_the_largest_difference_of_each_quantity(judge):
    cell = "max_diff = {q: torch.stack([(row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs]) for q in quantities}"
    for challenge in EXPERIMENT.cases:
        assert judge("fp32.experiment", challenge, experiment=cell) is None
        assert judge("fp32.experiment", challenge, experiment=cell.replace(".abs()", "")) is not None


def test_the_labs_points_follow_its_sections_order():
    assert [name.split(".")[0] for name in LAB.points] == sorted(
        (name.split(".")[0] for name in LAB.points), key=["reference", "manual", "column", "row", "fp32"].index
    )


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("task", find_lab("linear").task_names)
def test_the_labs_own_solution_passes_on_cuda(task, judge):
    from tests.labs.corpora import solution_cells

    section = find_lab("linear").section(task)
    cells = {name.split(".")[1]: text for name, text in solution_cells().items() if name in section.task_names}
    for challenge in section.cases:
        if challenge.device == "cuda":
            reason = judge(task, challenge, **cells)
            assert reason is None, reason.render("en")


def test_names_are_shown_as_the_student_writes_them():
    names = {section.name: section.names for section in LAB.sections}
    shown = {name: names["reference"].shown(name) for name in ("dX", "linear.weight", "linear_again.bias", "max_diff.dW")}
    assert list(shown.values()) == ["dX", "linear.weight", "linear.bias", 'max_diff["dW"]']
