"""Hostile notebooks: no undeserved point, no hang, and every honest task beside them keeps its points."""

from __future__ import annotations

import pytest

from tests.hostile.attacks import ATTACKS, HARMS, Attack
from tests.hostile.grading import OTHER, TARGET, notebook, plugged_in, points, said, shown_in, stock


def name(attack: Attack) -> str:
    return attack.name


def of(attack: Attack):
    return notebook(attack.attack, attack.before, attack.cell, attack.locked)


def test_an_honest_notebook_gets_all_points(tmp_path):
    nb = plugged_in(notebook("pass", cell="Y = X @ W.T + b"), tmp_path)
    assert points(nb) == {TARGET: 1.0, OTHER: 1.0}


def test_a_wrong_one_loses_its_task_and_is_told_why(tmp_path):
    nb = plugged_in(notebook("pass"), tmp_path)
    assert points(nb) == {TARGET: 0.0, OTHER: 1.0}
    assert said(nb, TARGET).startswith("✗ manual.forward: Y is wrong")


def test_a_regrade_draws_the_same_values(tmp_path):
    first, second = (said(plugged_in(notebook("pass"), tmp_path), TARGET) for _ in range(2))
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=name)
def test_no_attack_earns_a_point(attack, tmp_path, record_property):
    nb = plugged_in(of(attack), tmp_path)
    earned = points(nb)[TARGET]
    record_property("hostile notebooks", ["undeserved", earned])
    assert earned == 0.0
    assert "text/html" not in shown_in(nb)


def test_stock_nbgrader_tells_right_from_wrong_where_nobody_cheats():
    assert stock(notebook("pass")) == {TARGET: 0.0, OTHER: 1.0}
    assert stock(notebook("pass", cell="Y = X @ W.T + b")) == {TARGET: 1.0, OTHER: 1.0}


@pytest.mark.slow
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.wins], ids=name)
def test_each_of_these_wins_against_stock_nbgrader(attack, record_property):
    record_property("hostile class", {"stock": 1})
    assert stock(of(attack)).get(TARGET) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("attack", HARMS, ids=name)
def test_what_ends_a_kernel_costs_its_own_task_only(attack, tmp_path, record_property):
    nb = plugged_in(of(attack), tmp_path, seconds=15)
    record_property("hostile notebooks", ["undeserved", points(nb)[TARGET]])
    assert points(nb) == {TARGET: 0.0, OTHER: 1.0}
