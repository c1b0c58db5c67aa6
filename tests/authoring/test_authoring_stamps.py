"""Restamping writes the hashes that the translator has earned, and nothing else."""

from __future__ import annotations

from grader.authoring import restamp
from grader.authoring.source import read_source
from grader.authoring.validate import problems_in


def test_a_stale_stamp_is_renewed_and_the_rest_stays(write_lab, lab_text, points):
    broken = lab_text.replace("# # Sums", "# # All sums")
    path = write_lab(broken)

    assert restamp(path) == [14]

    now, before = path.read_text(encoding="utf-8").split("\n"), broken.split("\n")
    assert [number for number, line in enumerate(now, 1) if line != before[number - 1]] == [14]
    assert now[13].startswith('# %% [markdown] lang="ru" of="') and now[13].endswith('" attach="sum"')
    assert problems_in(read_source(path), points) == []


def test_a_missing_stamp_is_written(write_lab, lab_text):
    path = write_lab(lab_text.replace(' of="37c455ac"', "").replace(' of="17dc9bda"', ""))

    assert restamp(path) == [14, 42]
    assert path.read_text(encoding="utf-8") == lab_text


def test_a_source_that_is_current_is_not_touched(write_lab, lab_text):
    path = write_lab(lab_text)
    before = path.stat().st_mtime_ns

    assert restamp(path) == []
    assert path.stat().st_mtime_ns == before
