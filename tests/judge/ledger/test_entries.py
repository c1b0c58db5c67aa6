"""Entries: replayed operations as data."""

from __future__ import annotations

import torch

from grader.judge.ledger.entries import Entry, Storages, entries_of
from grader.judge.replay import Step
from grader.judge.trace import LEAVES, Node


def step(operation: str, *arguments: object, results: tuple[torch.Tensor, ...] = (), **keywords: object) -> Step:
    return Step(Node(operation, (), (), (), 3, "code"), arguments, keywords, results)


def only(step: Step) -> Entry:
    (entry,) = entries_of(step, Storages())
    return entry


def test_an_in_place_operation_writes_into_its_first_argument():
    a, b = torch.zeros(2), torch.zeros(2)
    entry = only(step("aten.add_.Tensor", a, b, results=(a,)))
    assert entry.operation == "add" and entry.writes == entry.reads[:1] and not entry.new


def test_out_is_written_into_too():
    a, out = torch.zeros(2), torch.zeros(2)
    entry = only(step("aten.abs.out", a, results=(out,), out=out))
    assert entry.writes == entry.reads[1:]


def test_a_view_is_a_piece_of_its_base_and_nothing_new():
    a = torch.zeros(4, 2)
    entry = only(step("aten.slice.Tensor", a, results=(a[1:],)))
    (view,) = entry.makes
    assert (view.storage, view.shape, view.of, view.offset, view.numbers) == (entry.reads[0].storage, (3, 2), 8, 2, 6)
    assert not entry.new


def test_a_foreach_operation_is_an_entry_for_each_of_its_tensors():
    a, b, c, d = (torch.zeros(2) for _ in range(4))
    first, second = entries_of(step("aten._foreach_add_.List", [a, b], [c, d]), Storages())
    assert len({piece.storage for entry in (first, second) for piece in entry.reads}) == 4
    assert first.writes == first.reads[:1]


def test_what_leaves_torch_is_only_read():
    a = torch.zeros(2)
    entry = only(step(LEAVES, a, "numpy"))
    assert entry.operation == LEAVES and len(entry.reads) == 1 and not entry.touched


def test_a_freed_storages_number_is_not_given_out_again():
    storages = Storages()
    assert [storages.piece(torch.zeros(8)).storage for _ in range(3)] == [0, 1, 2]


def test_a_foreach_operation_writes_into_the_lists_of_out():
    a, b, c, d = (torch.zeros(2) for _ in range(4))
    first, second = entries_of(step("aten._foreach_mul.Scalar_out", [a, b], 2.0, out=[c, d]), Storages())
    assert [len(entry.reads) for entry in (first, second)] == [2, 2]
    assert first.writes == first.reads[1:] and second.writes == second.reads[1:]


def test_a_fused_step_writes_into_all_three_lists_and_makes_all_three():
    lists = [[torch.zeros(2) for _ in range(2)] for _ in range(3)]
    first, second = entries_of(step("aten._fused_sgd_.default", *lists), Storages())
    assert first.writes == first.reads and len(second.writes) == 3
    made = tuple(torch.zeros(2) for _ in range(6))
    storages = Storages()
    first, second = entries_of(step("aten._fused_sgd.default", *lists, results=made), storages)
    assert [piece.storage for piece in second.makes] == [storages.piece(made[place]).storage for place in (1, 3, 5)]


def test_a_single_tensor_beside_lists_is_read_in_each_lane():
    a, b, factor = torch.zeros(2), torch.zeros(2), torch.ones(())
    first, second = entries_of(step("aten._foreach_mul_.Tensor", [a, b], factor), Storages())
    assert first.reads[1] == second.reads[1] and first.writes == first.reads[:1]
