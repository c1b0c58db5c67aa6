"""`check` of a function that ranks run: its card has the picture of the run."""

from __future__ import annotations

import pytest

from tests.judge.ranks import wrong
from tests.judge.ranks.solutions import COLUMN_STEP
from tests.rank_lab.lab import LAB

HANGS = next(one for one in wrong.WRONG if one.id == "column: all send first")


@pytest.mark.parametrize("source", [COLUMN_STEP, HANGS.source], ids=["right", "hangs"])
def test_the_card_of_a_check_shows_what_the_ranks_did(run, monkeypatch, source):
    monkeypatch.setattr("grader.bench.notebook.labs", lambda: {"rank_lab": LAB})
    run("%lab rank_lab")
    assert run(f"%%task column.step\n{source}")[1] is None
    captured, _ = run("check('column.step')")
    said = "".join(output.data.get("text/plain", "") for output in captured.outputs)
    assert "A all_gather" in said and ("✗B 0→1" in said) == (source == HANGS.source)
    assert any("data:image/svg+xml" in output.data.get("text/html", "") for output in captured.outputs)
