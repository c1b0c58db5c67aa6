"""Parts of a gradient: what counts as one, what as another, and which device holds it."""

from __future__ import annotations

from collections.abc import Collection

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.gradients import Parts
from grader.judge.ledger.homes import Home
from tests.judge.ledger.conftest import entry

ONE: Home = frozenset({1})
X, LEFT, RIGHT, W, ONES = 0, 1, 2, 3, 4
DATA = {X, LEFT, RIGHT}


def tensor(storage: int, *shape: int, strides: tuple[int, ...] = (), offset: int = 0) -> Piece:
    """A tensor by itself in its storage, or a part of one of 1000 numbers where strides are given."""
    size = 1
    for length in shape:
        size *= length
    plain = tuple(strides) or tuple(size // length for length in shape)
    return Piece(storage, shape, 1000 if strides else size, offset, plain)


def parts(*entries: Entry, home: Home = ONE, weights: Collection[int] = (W,)) -> list[int]:
    """How many numbers each part has that these operations make."""
    found = Parts()
    for one in entries:
        found.enter(one, home, weights, DATA)
    return [part.numbers for part in found]


def product(left: Piece, right: Piece, storage: int, operation: str = "mm", numbers: tuple[int, int] = (6, 4)) -> Entry:
    return entry(operation, left, right, makes=tensor(storage, *numbers))


def test_data_times_data_is_a_part_and_nothing_else_is():
    assert parts(product(tensor(X, 6, 2), tensor(LEFT, 2, 4), 9)) == [24]
    assert parts(product(tensor(X, 6, 2), tensor(W, 2, 4), 9)) == []
    assert parts(product(tensor(ONES, 6, 2), tensor(LEFT, 2, 4), 9)) == []
    assert parts(entry("add", tensor(X, 6, 1), tensor(LEFT, 1, 4), makes=tensor(9, 6, 4))) == []


def test_an_outer_product_by_broadcasting_is_a_part_and_a_scaling_is_none():
    assert parts(product(tensor(X, 6, 1), tensor(LEFT, 1, 4), 9, "mul")) == [24]
    assert parts(product(tensor(X, 6, 4), tensor(LEFT, 1, 4), 9, "mul")) == []


def test_the_same_product_again_or_transposed_is_no_further_part():
    left, again = tensor(X, 6, 2, strides=(2, 1)), tensor(X, 2, 6, strides=(1, 2))
    down, across = tensor(LEFT, 2, 4, strides=(4, 1)), tensor(LEFT, 4, 2, strides=(1, 4))
    assert parts(product(left, down, 9), product(across, again, 10, numbers=(4, 6))) == [24]


def test_two_shards_of_a_gradient_are_two_parts():
    assert parts(product(tensor(X, 6, 2), tensor(LEFT, 2, 4), 9), product(tensor(X, 6, 2), tensor(RIGHT, 2, 4), 10)) == [24, 24]


def samples(second: int) -> tuple[Entry, Entry]:
    """Two samples' products, the second sample's with the columns of that tensor."""
    rows = [tensor(X, 6, strides=(1,), offset=6 * sample) for sample in (0, 1)]
    columns = [tensor(LEFT, 4, strides=(1,)), tensor(second, 4, strides=(1,), offset=4)]
    first, other = (product(row, column, 9 + i, "ger") for i, (row, column) in enumerate(zip(rows, columns, strict=True)))
    return first, other


def test_samples_that_are_added_are_one_sum_over_the_batch():
    added = entry("add", tensor(9, 6, 4), tensor(10, 6, 4), makes=tensor(11, 6, 4))
    assert parts(*samples(LEFT)) == [24, 24]
    assert parts(*samples(LEFT), added) == [24]


def test_samples_that_go_into_one_buffer_are_one_sum_too():
    buffer = tensor(12, 6, 4)
    into = [
        Entry("addcmul", (buffer, tensor(X, 6, 1, strides=(1, 1), offset=6 * i), tensor(LEFT, 1, 4, strides=(4, 1), offset=4 * i)), (buffer,), (buffer,))
        for i in range(3)
    ]
    assert parts(*into) == [24]


def test_adding_two_shards_does_not_make_them_one():
    shards = product(tensor(X, 6, 2), tensor(LEFT, 2, 4), 9), product(tensor(X, 6, 2), tensor(RIGHT, 2, 4), 10)
    assert parts(*shards, entry("add", tensor(9, 6, 4), tensor(10, 6, 4), makes=tensor(11, 6, 4))) == [24, 24]


def test_a_part_knows_the_storages_that_hold_it():
    found = Parts()
    found.enter(product(tensor(X, 6, 2), tensor(LEFT, 2, 4), 9), ONE, (), DATA)
    found.enter(entry("mul", tensor(9, 6, 4), makes=tensor(10, 6, 4)), ONE, (), DATA)
    assert found.larger_than(23) == {9, 10} and found.larger_than(24) == set()


def test_the_same_numbers_made_another_way_are_no_further_part():
    found = Parts()
    for storage, factor, norm in ((9, X, 5.0), (10, RIGHT, 5.0 * (1 + 1e-7)), (11, RIGHT, 5.1)):
        found.enter(product(tensor(factor, 6, 2), tensor(LEFT, 2, 4), storage), ONE, (), DATA, lambda norm=norm: norm)
    assert len(list(found)) == 1  # the third is what the second was already, by its factors
    found.enter(product(tensor(X, 6, 2), tensor(RIGHT, 2, 4), 12), ONE, (), DATA, lambda: 6.0)
    assert len(list(found)) == 2


def test_what_one_device_makes_is_no_part_of_the_others():
    found = Parts()
    for storage, factor, home in ((9, X, ONE), (10, RIGHT, frozenset({2}))):
        found.enter(product(tensor(factor, 6, 2), tensor(LEFT, 2, 4), storage), home, (), DATA, lambda: 5.0)
    assert [part.home for part in found] == [ONE, frozenset({2})]
