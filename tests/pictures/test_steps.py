"""Operations in columns, and which of the student's lines they come from."""

from __future__ import annotations

from grader.pictures.steps import MOST_COLUMNS, columns, stretches


def test_few_steps_stay_as_they_are():
    assert columns([0.5, 1.0, 0.5]) == [0.5, 1.0, 0.5]


def test_many_steps_keep_their_peak_in_few_columns():
    values = [0.5] * 5000
    values[3210] = 1.0
    assert len(columns(values)) == MOST_COLUMNS and max(columns(values)) == 1.0 and sorted(columns(values))[-2] == 0.5


def test_steps_of_one_line_are_one_stretch():
    assert [(part.name, part.start, part.end) for part in stretches([0, 4, 4, 5])] == [
        ("", 0, 1),
        ("4", 1, 3),
        ("5", 3, 4),
    ]


def test_a_loop_over_lines_is_one_stretch():
    assert [part.name for part in stretches([0, 2, *[5, 6, 7] * 20, 9])] == ["", "2", "5–7", "9"]
