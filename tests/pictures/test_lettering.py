"""Names, numbers and code as they stand on a card."""

from __future__ import annotations

import pytest

from grader.lab.messages import message
from grader.pictures.lettering import (
    bytes_said,
    clean,
    fitted,
    parted,
    rows_of,
    shape_said,
    shortened,
    why_of,
    width_of,
)


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [(0, "0 B", "0 Б"), (999, "999 B", "999 Б"), (77_824, "77.8 kB", "77,8 кБ"), (262_144, "262 kB", "262 кБ"),
     (2_490_368, "2.5 MB", "2,5 МБ"), (999_600, "1 MB", "1 МБ"), (5 * 10**15, "5\u202f000 TB", "5\u202f000 ТБ")],
)  # fmt: skip
def test_bytes_in_thousands(number, english, russian):
    assert bytes_said("en", number) == english.replace(" ", "\u00a0")
    assert bytes_said("ru", number) == russian.replace(" ", "\u00a0")


def test_numbers_in_a_sentence_are_parted_by_thousands():
    assert parted("622592 numbers, line 12, 2026") == "622\u202f592 numbers, line 12, 2026"


def test_what_xml_does_not_take_is_replaced():
    assert clean("a\x00b\ud800\ufffe\u202ec\td") == "a b??c d"


def test_long_text_is_shortened_visibly():
    assert shortened("abcdef", 6) == "abcdef" and shortened("abcdefg", 6) == "abcde…"
    assert fitted("W" * 300, 100, 11, mono=True).endswith("…")
    assert width_of(fitted("ш" * 300, 100, 11), 11) <= 100


def test_a_text_in_rows_says_where_it_was_cut():
    assert rows_of("one two three " * 50, 200, 12, 2)[-1].endswith("…") and len(rows_of("x" * 999, 200, 12, 3)) == 3


def test_shapes():
    assert [shape_said(shape) for shape in ((304, 1024), (7,), (), (1, 2, 3, 4, 5, 6))] == [
        "304 × 1024", "7", "", "1 × 2 × 3 × 4 × 5 × …",
    ]  # fmt: skip


def test_a_message_without_the_line_that_it_begins_with():
    reason = message("line {line}, `{code}`: weights cross", line=3, code="a `b`: c")
    assert why_of(reason, "en") == "weights cross"
    assert why_of(message("no line here"), "en") == "no line here"
