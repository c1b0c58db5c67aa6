"""Pictures of real runs: what they show of right and of wrong cells, and that their text twin says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.judge.ledger import Ledger
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.homes import DEVICES
from grader.lab.variables import Naming
from grader.pictures import picture
from tests.pictures.conftest import SVG, words_in

TASKS = [f"{section}.{step}" for section in ("column", "row") for step in ("shard", "forward", "backward", "update")]
DY = "dY = 2 * (Y - Y_gt) / Y.numel()\n"
OWN = (
    "dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu2.T @ dY[:, part_size:]\n"
    "db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)\n"
)
WHOLE_W = (
    "W_all = torch.cat((W_gpu1, W_gpu2))\n"
    "Y = torch.cat((X_gpu1 @ W_all[:part_size].T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"
)
LOOP = DY + OWN + (
    "dX_gpu1, dX_gpu2 = dY[:, :part_size] @ W_gpu1, dY[:, part_size:] @ W_gpu2\n"
    "dX = torch.zeros_like(X)\n"
    "for i in range(32):\n    for j in range(0, 1024, 128):\n"
    "        dX[i, j:j + 128] = dX_gpu1[i, j:j + 128] + dX_gpu2[i, j:j + 128]\n"
)  # fmt: skip


def piece(storage: int, *shape: int) -> Piece:
    of = 1
    for size in shape:
        of *= size
    return Piece(storage, shape, of)


def one_row(text: str) -> str:
    return re.sub(r"\n +", " ", text)


def ledger_with(**given: object) -> Ledger:
    """An odd ledger: nothing in it but what is given."""
    empty = Ledger((), {}, {}, {}, {}, (), None, (), (), None, Naming())
    return replace(empty, **given)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("task", TASKS)
def test_a_right_solution_gets_a_picture_that_marks_nothing(draw, task, language):
    drawn = draw(task, language)
    root = ElementTree.fromstring(drawn.svg)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    assert root[0].tag == f"{SVG}title" and root[0].text
    assert root[1].tag == f"{SVG}desc" and root[1].text == drawn.text
    assert "✗" not in drawn.svg and "✗" not in drawn.text
    assert len(drawn.svg.encode()) < 25_000
    assert max(map(len, drawn.text.splitlines())) <= 100


@pytest.mark.parametrize("task", TASKS)
def test_nothing_has_an_id_or_comes_from_elsewhere(draw, task):
    svg = draw(task).svg
    assert not re.search(r"\bid=|url\(|href|<script|<style|<image|foreignObject", svg)


def test_the_same_run_gives_the_same_bytes(run):
    verdict = run("column.backward")
    first, second = (picture(verdict.ledger, verdict.due, "ru", 4, True) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("task", TASKS)
def test_both_languages_are_complete(draw, task):
    english, russian = draw(task), draw(task, "ru")
    latin = re.compile(r"\b[a-z]{4,}\b")
    own = {"gather", "reduce", "torch", "unsqueeze", "clone"}
    for row in russian.text.splitlines():
        assert not set(latin.findall(re.sub("`.*?`", "", row))) - own, row
    assert len(english.text.splitlines()) <= len(russian.text.splitlines()) + 4


def test_a_shard_task_shows_the_cut_and_nothing_else(draw):
    drawn = draw("column.shard")
    words = words_in(drawn)
    assert "before the cut" in words and "W (608 × 1024)" in words and "W_gpu2 (304 × 1024)" in words
    assert words.count("new") == 6
    assert "How much" not in drawn.text and "crosses" not in drawn.text
    assert "device 1: W_gpu1 (304 × 1024) [new], b_gpu1 (1 × 304) [new]" in drawn.text


def test_the_gathered_matrix_is_marked_at_its_line(draw):
    drawn = draw("column.forward", forward="\n" + WHOLE_W)
    words = words_in(drawn)
    assert words.count("✗ line 2") == 3  # on both devices, and in words below
    assert "W_all = torch.cat((W_gpu1, W_gpu2))" in words
    assert any("the full matrix must not be there" in row for row in words)
    assert "✗ line 2, `W_all = torch.cat((W_gpu1, W_gpu2))`: 622\u202f592 numbers" in drawn.text
    assert "device 1: W 100 %" in drawn.text


def test_what_broke_the_rule_is_drawn_among_what_crossed(draw):
    drawn = draw("column.forward", forward=WHOLE_W)
    assert "✗ breaks the rule" in words_in(drawn) and "2.5\u00a0MB" in words_in(drawn)
    assert "2.5\u00a0MB (breaks the rule)" in drawn.text


def test_only_the_device_that_holds_too_much_is_marked(draw):
    both_on_one = OWN.replace("X_gpu2.T", "X_gpu1.T")
    reduced = "dX = dY[:, :part_size] @ W_gpu1 + dY[:, part_size:] @ W_gpu2\n"
    drawn = draw("column.backward", backward=DY + reduced + both_on_one)
    assert words_in(drawn).count("✗ line 3") == 2
    assert "device 1 holds 100 % of the full matrix; one shard is 50 %" in one_row(drawn.text)
    assert "✗ dW_gpu2 was made on device 1" in drawn.text


def test_a_gradient_many_times_as_large_is_drawn_no_higher_than_the_chart(draw):
    outer = (
        DY
        + "dX = dY[:, :part_size] @ W_gpu1 + dY[:, part_size:] @ W_gpu2\n"
        + OWN.replace("X_gpu1.T @ dY[:, :part_size]", "(X_gpu1[:, :, None] * dY[:, None, :]).sum(0)[:, :part_size]")
    )
    drawn = draw("column.backward", backward=outer)
    assert any("dW 3\u202f200 %" in row for row in words_in(drawn))
    heights = [float(y) for y in re.findall(r"V([\d.-]+)", drawn.svg)]
    assert min(heights) > 36


def test_a_missing_collective_is_named(draw):
    backward = DY + OWN + "dX_gpu1, dX_gpu2 = dY[:, :part_size] @ W_gpu1, dY[:, part_size:] @ W_gpu2\ndX = dX_gpu1"
    drawn = draw("column.backward", backward=backward)
    assert "✗ missing" in words_in(drawn) and "Nothing crosses between the devices in this cell." in words_in(drawn)
    assert "in theory: all-reduce of dX: 262 kB (missing)" in drawn.text.replace("\u00a0", " ")


def test_gathering_the_biases_is_not_gathering_Y(draw):
    forward = "Y = X_gpu1 @ torch.cat((W_gpu1, W_gpu2)).T + torch.cat((b_gpu1, b_gpu2), 1)"
    assert "✗ missing" in words_in(draw("column.forward", forward=forward))


def test_a_collective_of_the_wrong_kind_is_not_needed_and_the_right_one_missing(draw):
    forward = "Y = (X_gpu1 @ W_gpu1.T + b_gpu1) + (X_gpu2 @ W_gpu2.T + b_gpu2)"
    words = words_in(draw("column.forward", forward=forward))
    assert "not needed here" in words and "✗ missing" in words


def test_of_two_alike_the_one_that_becomes_the_output_is_needed(draw):
    backward = DY + OWN + ("X_all = X_gpu1 + X_gpu2\ndX = dY[:, :part_size] @ W_gpu1 + dY[:, part_size:] @ W_gpu2")
    lines = draw("column.backward", backward=backward).text.splitlines()
    assert [("not needed here" in line) for line in lines if "  all-reduce" in line] == [True, False]


def test_an_optional_collective_may_be_left_out(draw):
    backward = (
        DY
        + "dX_gpu1, dX_gpu2 = dY @ W_gpu1, dY @ W_gpu2\ndW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)"
    )
    assert "optional, not done" in words_in(draw("row.backward", backward=backward))
    assert "optional" in words_in(draw("row.backward"))


def test_a_collective_of_an_earlier_cell_is_not_missing(draw):
    forward = (
        "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)\n"
        "dY_ = 2 * (Y - Y_gt) / Y.numel()\nearly = dY_[:, :part_size] @ W_gpu1 + dY_[:, part_size:] @ W_gpu2"
    )
    words = words_in(draw("column.backward", forward=forward, backward=DY + OWN + "dX = early"))
    assert "in an earlier cell" in words and "✗ missing" not in words


def test_an_update_changes_what_lies_there(draw):
    text = draw("column.update").text
    assert "W_gpu1 (304 × 1024) [changed]" in text and "[new]" not in text
    assert "Nothing crosses between the devices in this cell, and nothing has to." in text


def test_what_crosses_in_a_loop_is_one_bar(draw):
    drawn = draw("column.backward", backward=LOOP)
    assert any(row.startswith("all-reduce ×256, line") for row in words_in(drawn))
    assert len(drawn.svg.encode()) < 25_000


def test_many_lines_that_cross_are_summed_up(draw):
    lines = [
        f"dX[:, {i}] = (dY[:, :part_size] @ W_gpu1[:, {i}]) + (dY[:, part_size:] @ W_gpu2[:, {i}])" for i in range(40)
    ]
    drawn = draw("column.backward", backward=DY + OWN + "dX = torch.zeros_like(X)\n" + "\n".join(lines))
    assert any(row.startswith("and 34 more: ") for row in words_in(drawn))
    assert len(drawn.svg.encode()) < 25_000


HOSTILE = "note = ']]> <script>alert(1)</script> & \"quoted\" \\x1b \x07 \u202e ы𝄞'; "


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_students_code_stays_text(draw, language):
    drawn = draw("column.forward", language, forward=HOSTILE.replace("\x07", "") + WHOLE_W.replace("\n", "; "))
    ElementTree.fromstring(drawn.svg)
    assert "<script" not in drawn.svg and "&lt;script&gt;" in drawn.svg
    assert "\u202e" not in drawn.svg


@pytest.mark.parametrize(
    "code", ["\x00\x08\x0b\x1b\x7f", "\ud800 half \udfff", "\ufffe\uffff", "й" * 500, "\t\r\n", "汉" * 200]
)
def test_no_line_of_code_breaks_a_picture(run, code):
    ledger = run("column.forward", forward=WHOLE_W).ledger
    entries = tuple(replace(entry, code=code) for entry in ledger.entries)
    collectives = tuple(replace(one, code=code) for one in ledger.collectives)
    drawn = picture(replace(ledger, entries=entries, collectives=collectives), (), "en", 4, True)
    ElementTree.fromstring(drawn.svg.encode("utf-8"))
    assert len(drawn.svg.encode()) < 25_000


@pytest.mark.parametrize("rule", [True, False])
@pytest.mark.parametrize(
    "ledger",
    [
        ledger_with(),
        ledger_with(inputs={"W_gpu1": piece(0, 0, 7)}, homes_before={0: frozenset({1})}),
        ledger_with(inputs={"loss": piece(0), "five": piece(1, 2, 3, 4, 5, 6), "six": piece(2, 1, 1, 1, 1, 1, 9)}),
        ledger_with(inputs={"W": piece(0, 4, 4)}, outputs={"<W&>\x00\ud800": piece(1, 4, 4)}, others={"": piece(2, 3)}),
        ledger_with(outputs={f"W_gpu{i}": piece(i, 10**6, 10**6) for i in range(1, 60)}),
        ledger_with(
            inputs={"W_gpu1": piece(0, 4, 4)},
            entries=tuple(Entry("clone", (piece(0, 4, 4),), (), (piece(i, 4, 4),), i % 5000) for i in range(1, 6000)),
            homes_along=tuple({i: DEVICES} for i in range(1, 6000)),
        ),
    ],
    ids=["nothing", "no numbers", "odd shapes", "odd names", "too many", "long"],
)
def test_odd_ledgers_get_a_picture_too(ledger, rule):
    for language in ("en", "ru"):
        drawn = picture(ledger, (), language, 4, rule)
        ElementTree.fromstring(drawn.svg.encode("utf-8"))
        assert len(drawn.svg.encode()) < 25_000 and drawn.text


def test_more_tensors_than_fit_are_counted(run):
    ledger = run("column.forward").ledger
    crowd = {f"Y_{i}_gpu1": ledger.outputs["Y"] for i in range(30)}
    drawn = picture(replace(ledger, others=crowd), (), "en", 4, True)
    assert any(re.fullmatch(r"and \d+ more", row) for row in words_in(drawn))


def test_a_ledger_without_weights_says_so(run):
    drawn = picture(ledger_with(), (), "en", 4, True)
    assert "no weights are known in this cell" in words_in(drawn)
