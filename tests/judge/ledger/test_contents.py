"""Contents: how much of the weights a storage may hold, at any size."""

from __future__ import annotations

import pytest

from grader.judge.ledger.contents import GRADIENT, WEIGHT, Parameter, content_after, content_in, flow
from tests.judge.ledger.conftest import K, M, entry, piece

LEFT, RIGHT = Parameter(WEIGHT, "W_gpu1", 24), Parameter(WEIGHT, "W_gpu2", 24)
CONTENTS = {1: {LEFT: 24}, 2: {RIGHT: 24}}
SHARD = M // 2 * K


def test_a_copy_holds_what_it_is_a_copy_of():
    assert content_after(entry("clone", piece(1, 4, 6), makes=piece(9, 4, 6)), CONTENTS) == {LEFT: 24}


def test_a_row_holds_a_row():
    assert content_after(entry("clone", piece(1, 6, of=24), makes=piece(9, 6)), CONTENTS) == {LEFT: 6}


def test_what_is_joined_holds_both():
    assert content_after(entry("cat", piece(1, 4, 6), piece(2, 4, 6), makes=piece(9, 8, 6)), CONTENTS) == {LEFT: 24, RIGHT: 24}


def test_data_times_weights_is_data():
    assert content_after(entry("mm", piece(5, 2, 6), piece(1, 6, 4), makes=piece(9, 2, 4)), CONTENTS) == {}
    assert content_after(entry("addmm", piece(7, 4), piece(5, 2, 6), piece(1, 6, 4), makes=piece(9, 2, 4)), CONTENTS) == {}


def test_weights_times_weights_are_still_weights():
    assert content_after(entry("mm", piece(1, 4, 6), piece(2, 6, 4), makes=piece(9, 4, 4)), CONTENTS) == {LEFT: 24, RIGHT: 24}


def test_data_times_data_is_a_gradient():
    (found,) = content_after(entry("mm", piece(5, 6, 2), piece(6, 2, 4), makes=piece(9, 6, 4)), {}).items()
    assert found[0].kind == GRADIENT and found[1] == 24


def test_so_is_an_outer_product_by_broadcasting():
    made = content_after(entry("mul", piece(5, 2, 6, 1), piece(6, 2, 1, 4), makes=piece(9, 2, 6, 4)), {})
    assert [parameter.kind for parameter in made] == [GRADIENT]
    assert content_after(entry("mul", piece(5, 2, 6), piece(6, 2, 6), makes=piece(9, 2, 6)), {}) == {}


def test_no_storage_holds_more_than_it_has_room_for():
    assert content_in(piece(9, 6), {LEFT: 24}) == {LEFT: 6}


def test_a_single_number_is_no_weight():
    assert content_after(entry("add", piece(1), piece(5, 2), makes=piece(9, 2)), CONTENTS) == {}


def test_gradients_that_are_added_count_as_one():
    make = [entry("mm", piece(5, 6, 1, offset=i), piece(6, 1, 4), makes=piece(10 + i, 6, 4)) for i in range(2)]
    add = entry("add", piece(10, 6, 4), piece(11, 6, 4), makes=piece(20, 6, 4))
    along = flow([*make, add], {})
    assert len(along.after[20]) == 1 and len(along.same) == 1


def test_weights_and_a_step_are_weights():
    gradient = Parameter(GRADIENT, "dW_gpu1", 24)
    step = entry("sub", piece(1, 4, 6), piece(3, 4, 6), writes=piece(1, 4, 6))
    assert flow([step], {**CONTENTS, 3: {gradient: 24}}).after[1] == {LEFT: 24}


@pytest.mark.parametrize(
    ("cell", "most"),
    [
        ("Z = X_gpu1 @ W_gpu1.T", 1),
        ("V = torch.cat((W_gpu1, W_gpu2))", 2),
        ("V = W_gpu1 + W_gpu2", 2),
        ("V = (W_gpu1 - W_gpu2).bfloat16()", 2),
        ("V = torch.complex(W_gpu1, W_gpu2)", 2),
        ("V = torch.cat((W_gpu1, X_gpu1, Y_gpu1.repeat(1, 2)[:, :6]))", 1),
        ("V = W_gpu1.clone()\nU = [row.clone() for row in W_gpu1]", 1),
    ],
)
def test_the_students_own_cells_hold_so_many_shards_of_the_weights(read, cell, most):
    try:
        held = read(cell).held
    except Exception as error:  # an operation that is not replayed makes no ledger
        assert "complex" in cell, error
        return
    assert max(moment.weights[1] for moment in held) == most * SHARD
