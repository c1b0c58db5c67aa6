"""Pictures of runs on N ranks: what goes where in which step, who waits, and what leaves each rank."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import pytest

from grader.bench.ranks import record_on
from grader.course.judging import examiner
from grader.course.judging.proven_records import ProvenRecords
from grader.judge.exam import verdict_on
from grader.judge.ledger.entries import Piece
from grader.judge.trace import to_json
from grader.judge.verdict import Verdict
from grader.lab.task import Signature
from grader.pictures import Picture, picture_of
from grader.pictures.ranks.parts import in_rows, slice_of
from tests.judge.ranks import right, wrong
from tests.judge.ranks.judging import verdict
from tests.judge.ranks.solutions import Solution, edited
from tests.pictures.conftest import SVG, words_in
from tests.rank_lab.lab import LAB, TASKS, case_of, exam_cases

RING = """    dX = dX.view(-1)
    cuts = [len(dX) * i // n for i in range(n + 1)]
    chunks = [dX[cuts[i] : cuts[i + 1]] for i in range(n)]
    for turn in range(2 * (n - 1)):
        mine, its = (r - turn) % n, (r - turn - 1) % n
        arriving = torch.empty_like(chunks[its])
        sent = dist.isend(chunks[mine], (r + 1) % n)
        dist.irecv(arriving, (r - 1) % n).wait()
        sent.wait()
        chunks[its].copy_(chunks[its] + arriving if turn < n - 1 else arriving)
    dX = dX.view(X.shape)
"""
BY_RING = Solution("ring", "column", edited("column", (right.GATHER, right.PADDED), (right.REDUCE, RING)))
BUFFER = RING.replace("dist.isend(chunks[mine],", "dist.isend(buffer.copy_(chunks[mine]),")
BUFFER = BUFFER.replace("    for turn", "    buffer = torch.empty_like(chunks[0])\n    for turn")
BY_BUFFER = Solution("buffer", "column", edited("column", (right.GATHER, right.PADDED), (right.REDUCE, BUFFER)))
TREE = Solution("tree", "column", edited("column", (right.GATHER, right.PADDED), (right.REDUCE, right.TREE)))
KNOWN = {one.id: one for one in (*right.RIGHT, *wrong.WRONG)}
STOPS = re.compile("waits in|never comes|never receives|never sends|where rank|for it ")


@cache
def run(solution: Solution, world: int = 3) -> Verdict:
    return verdict(solution, (case_of(3, 12, 7, 0.05, world),))


def drawn(solution: Solution, world: int = 3, language: str = "en") -> Picture:
    found = run(solution, world)
    picture = picture_of(LAB.section(solution.task), solution.task, found, case_of(3, 12, 7, 0.05, world), language)
    assert picture is not None
    return picture


def steps_in(picture: Picture) -> list[str]:
    return re.findall(r"^  step \d+: (.*)", re.sub(r"\n {6}", " ", picture.text), re.MULTILINE)


@pytest.mark.parametrize(("solution", "world"), [(BY_RING, 2), (BY_RING, 4), (BY_RING, 8), (BY_BUFFER, 4)])
def test_a_ring_sends_each_part_on_in_each_step(solution, world):
    picture = drawn(solution, world)
    assert run(solution, world).passed
    gather, *ring = steps_in(picture)
    assert gather == "A all_gather" and len(ring) == 2 * (world - 1)
    letters = re.findall(r"^    (\w): dX\.view\(-1\)\[(\d+):(\d+)\] \((\d+)\)", picture.text, re.MULTILINE)
    assert [(int(start), int(end)) for _, start, end, _ in letters] == [
        (36 * rank // world, 36 * (rank + 1) // world) for rank in range(world)
    ]
    assert all(int(end) - int(start) == int(numbers) for _, start, end, numbers in letters)
    name = [letter for letter, *_ in letters]
    for turn, step in enumerate(ring):
        wanted = {f"{name[(rank - turn) % world]} {rank}→{(rank + 1) % world}" for rank in range(world)}
        assert set(step.split("; ")) == wanted


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("world", [1, 2, 8])
def test_a_picture_stays_within_its_card_and_needs_nothing_from_elsewhere(world, language):
    picture = drawn(BY_RING, world, language)
    root = ElementTree.fromstring(picture.svg)
    assert root[1].text == picture.text and len(picture.svg) < 60_000
    assert max(map(len, picture.text.splitlines())) <= 100
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x", 0)) < 720 and 0 < float(text.get("y", 0)) < float(root.get("height", 0))
        assert float(text.get("font-size", 11)) >= 11
    assert not re.search(r"\bid=|url\(|href|<script|<style|<image|foreignObject", picture.svg)


def test_what_is_drawn_is_what_its_text_says():
    words = words_in(drawn(BY_RING, 4))
    assert sum("→" in word for word in words) == sum("←" in word for word in words) == 4 * 6
    assert words.count("A all_gather") + words.count("A") >= 4
    assert {f"rank {rank}" for rank in range(4)} <= set(words)


def test_one_rank_sends_nothing():
    found = drawn(
        Solution("alone", "column", edited("column", (right.GATHER, "    Y = Y_loc\n"), (right.REDUCE, RING))), 1
    )
    assert "Nothing goes between the ranks." in found.text and "rank 0: 0" in found.text
    assert "→" not in found.svg and "✗" not in found.svg


def test_ranks_that_wait_are_shown_and_sums_say_whose_they_are():
    picture = drawn(TREE, 4)
    assert steps_in(picture)[1:] == ["B 1→0; C 3→2", "D 2→0; waiting: 1, 3", "E broadcast"]
    assert "D: dX of ranks 2–3 (36)" in picture.text
    assert words_in(picture).count("waits") == 2


def test_what_leaves_each_rank_stands_beside_the_least():
    picture = drawn(KNOWN["column: dX gathered and added"], 4)
    assert re.findall(r"rank \d: (\d+)", picture.text) == ["126"] * 4  # 3 · 6 padded and 3 · 36
    assert "least in theory, a rank on average: 70" in picture.text
    chain = drawn(KNOWN["row: a chain of messages"], 4)
    assert re.findall(r"rank \d: (\d+)", chain.text) == ["21", "21", "21", "63"]
    assert "all-gather of Y: 3/4 · 21 = 16" in picture.text and "all-reduce of dX: 6/4 · 36 = 54" in picture.text


def test_a_reduce_scatter_goes_over_what_all_ranks_make():
    task = replace(TASKS["row.step"], collectives=(Signature("reduce-scatter", "dX", "each rank needs its part"),))
    section, case = replace(LAB.section("row.step"), tasks=(task,)), case_of(3, 12, 7, 0.05, 3)
    source = KNOWN["row: as in the text"].source
    found = verdict_on(section, "row.step", case, [record_on(section, task, case, r, source) for r in range(3)], 1)
    picture = picture_of(section, "row.step", found, case, "en")
    assert picture is not None and "reduce-scatter of dX: 2/3 · 36 = 24" in picture.text


@pytest.mark.parametrize("solution", right.RIGHT, ids=lambda one: one.id)
def test_a_right_run_marks_nothing(solution):
    picture = drawn(solution)
    assert run(solution).passed and "✗" not in picture.svg and "✗" not in picture.text
    russian = re.sub("`.*?`", "", drawn(solution, language="ru").text)
    assert not set(re.findall(r"\b(step|rank|ranks|line|of|waiting|numbers)\b", russian))


@pytest.mark.parametrize("solution", [one for one in wrong.WRONG if STOPS.search(one.says)], ids=lambda one: one.id)
def test_a_run_that_stands_still_is_drawn_up_to_there(solution):
    found = run(solution)
    picture, reason = drawn(solution), found.render("en")
    assert STOPS.search(reason)
    marked = re.findall(r"✗: ranks? (.*?), line (\d+),", picture.text)
    named = re.search(r"rank (\d).*?line (\d+)", reason)
    assert named is not None and any(named[1] in _all(ranks) and named[2] == line for ranks, line in marked)
    assert any(word.startswith("✗") and len(word) > 1 for word in words_in(picture))


def _all(ranks: str) -> set[str]:
    """`0–2` written out."""
    ends = [part.split("–") for part in ranks.split(", ")]
    return {str(rank) for end in ends for rank in range(int(end[0]), int(end[-1]) + 1)}


def test_a_step_without_calls_has_no_picture():
    update = "def column_update(W, b, dW, db, lr):\n    W -= lr * dW\n    b -= lr * db\n    return W, b\n"
    traces = [
        record_on(LAB.section("column.update"), TASKS["column.update"], exam_cases()[0], rank, update)
        for rank in range(3)
    ]
    found = verdict_on(LAB.section("column.update"), "column.update", exam_cases()[0], traces, 1)
    assert (
        found.ranks and picture_of(LAB.section("column.update"), "column.update", found, exam_cases()[0], "en") is None
    )


def test_many_steps_and_many_letters_are_cut_short():
    chatter = "".join("    dist.all_reduce(torch.ones(2))\n" for _ in range(60))
    picture = drawn(Solution("chatter", "column", edited("column", (right.REDUCE, right.REDUCE + chatter))))
    assert len(steps_in(picture)) == 42 and "…: and 20 more steps" in picture.text
    assert "·: and 10 more" in picture.text


@pytest.mark.parametrize(
    ("shape", "offset", "strides", "said"),
    [
        ((12, 3), 0, (3, 1), ""),
        ((4, 3), 6, (3, 1), "[2:6]"),
        ((12, 2), 1, (3, 1), "[:, 1:3]"),
        ((2, 2), 4, (3, 1), "[1:3, 1:3]"),
        ((5,), 4, (1,), ".view(-1)[4:9]"),
    ],
)
def test_a_part_is_named_as_one_would_index_it(shape, offset, strides, said):
    base = Piece(0, (12, 3), 36, 0, (3, 1))
    assert slice_of(base, Piece(0, shape, 36, offset, strides)) == said


def test_ranks_in_a_row_are_said_short():
    assert in_rows([0, 2, 3, 4, 7]) == "0, 2–4, 7"


def test_the_feedback_shows_the_picture_and_so_does_that_of_a_known_record(monkeypatch):
    monkeypatch.setattr("grader.lab.registry.find_lab", lambda name: LAB)
    monkeypatch.setattr(examiner, "PROVEN", ProvenRecords())
    task, source = "row.step", KNOWN["row: a chain of messages"].source
    runs = [
        {
            "case": case.to_plain(),
            "traces": [to_json(record_on(LAB.section(task), TASKS[task], case, rank, source)) for rank in case.ranks],
        }
        for case in exam_cases()
    ]
    asked = {"lab": "rank_lab", "task": task, "language": "en", "seed": "a", "runs": runs}
    first = examiner.examined(asked)
    assert first["passed"] and "A 0→1" in first["picture"]["text/plain"]
    assert examiner.examined({**asked, "seed": "b"}) == first
