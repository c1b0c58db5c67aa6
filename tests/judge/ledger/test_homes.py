"""Homes: which devices hold what."""

from __future__ import annotations

import torch

from grader.judge.ledger import Book
from grader.judge.ledger.homes import DEVICES, alone_after, alone_of, common_home, home_of, homes_after
from grader.labs.linear.lab import NAMING
from tests.judge.ledger.conftest import entry, piece

ONE, TWO = frozenset({1}), frozenset({2})
HOMES = {1: ONE, 2: TWO, 3: DEVICES}


def test_what_nothing_is_known_of_lies_on_both():
    assert home_of(piece(9, 2), HOMES) == DEVICES


def test_the_common_home_is_what_all_share():
    assert common_home([piece(1, 2), piece(3, 2)], HOMES) == ONE
    assert common_home([piece(1, 2), piece(2, 2)], HOMES) == frozenset()
    assert common_home([], HOMES) == DEVICES


def test_a_result_lies_where_its_inputs_do():
    assert homes_after(entry("mm", piece(1, 2, 2), piece(3, 2, 2), makes=piece(5, 2, 2)), HOMES) == {5: ONE}


def test_what_comes_of_communication_lies_on_both():
    assert homes_after(entry("cat", piece(1, 2), piece(2, 2), makes=piece(5, 4)), HOMES) == {5: DEVICES}


def test_what_is_written_into_moves_and_a_view_does_not():
    add = entry("add", piece(1, 2), piece(2, 2), writes=piece(1, 2), makes=piece(1, 2))
    assert homes_after(add, HOMES) == {1: DEVICES}
    assert homes_after(entry("slice", piece(1, 4), makes=piece(1, 2, of=4)), HOMES) == {}


def test_what_one_device_writes_into_a_buffer_of_both_it_has_alone():
    alone = alone_after(entry("copy", piece(3, 2, of=6), piece(1, 2), writes=piece(3, 2, of=6)), HOMES, {})
    assert alone == {3: 2}
    now = {**HOMES, 3: ONE}
    assert alone_after(entry("copy", piece(3, 4, of=6), piece(2, 4), writes=piece(3, 4, of=6)), now, alone) == {3: 0}


def test_what_one_device_made_it_has_alone_until_it_crosses():
    assert alone_of(piece(1, 4), HOMES, {}) == 4 and alone_of(piece(3, 4), HOMES, {}) == 0
    assert alone_after(entry("mm", piece(1, 2, 2), piece(3, 2, 2), makes=piece(5, 2, 2)), HOMES, {}) == {5: 4}
    assert alone_after(entry("cat", piece(1, 2), piece(2, 2), makes=piece(5, 4)), HOMES, {}) == {5: 0}
    one_number = entry("add", piece(1, 1, of=4), piece(2, 1), writes=piece(1, 1, of=4))
    assert alone_after(one_number, HOMES, {}) == {1: 0}


def test_names_say_where_a_tensor_lives():
    book = Book(NAMING)
    one, both = torch.zeros(2), torch.zeros(2)
    book.begin({"W_gpu1": one, "X": both})
    assert book.home(one) == {1} and book.home(both) == book.home(torch.zeros(1)) == {1, 2}


def test_a_view_of_more_memory_has_no_device_of_its_own():
    book = Book(NAMING)
    whole = torch.zeros(4)
    book.begin({"X": whole, "X_gpu1": whole[:2]})
    assert book.home(whole[:2]) == {1, 2}


def test_homes_may_be_given_for_names_that_do_not_say_them():
    book = Book(NAMING)
    one = torch.zeros(2)
    book.begin({"left": one}, homes={"left": ONE})
    assert book.home(one) == {1}
