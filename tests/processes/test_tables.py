"""Two runs side by side, in both languages, as HTML and as text."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import torch

from grader.processes.tables import apart, compared, shown

WHOLE = torch.arange(24.0).reshape(4, 6) + 1
CALLS = [{"all_reduce": (1, 24)}] * 2


def table(yours: list[Any], others: list[Any], language: str = "en") -> Any:
    return compared(yours, others, CALLS, [{"all_gather": (2, 12)}] * 2, "PyTorch", language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([WHOLE, WHOLE], [WHOLE, WHOLE]),
        (list(WHOLE.split([1, 3])), list(WHOLE.split([2, 2]))),
        (list(WHOLE.split([1, 3])), [WHOLE, WHOLE]),
        ([WHOLE, WHOLE], list(WHOLE.split([2, 4], 1))),
        ([WHOLE[:1], WHOLE[:1]], [WHOLE[0], WHOLE[0]]),
    ],
)
def test_parts_are_compared_wherever_they_are_cut(one: list, other: list) -> None:
    assert apart(one, other) == (0, True)
    changed = [part.clone() for part in one]
    changed[-1].view(-1)[-1] += 1
    assert apart(changed, other) in ((1, False), (None, False))


def test_rounding_is_no_difference_and_shapes_that_fit_nowhere_are_one() -> None:
    assert apart([WHOLE * (1 + 1e-6)], [WHOLE])[1] and not apart([WHOLE * (1 + 1e-3)], [WHOLE])[1]
    assert apart([WHOLE[:3], WHOLE[:2]], [WHOLE, WHOLE]) == (None, False)
    assert apart([torch.full((2,), float("nan"))], [torch.ones(2)])[1] is False


def test_the_table_says_what_is_the_same_and_what_was_called() -> None:
    made = table([{"Y": WHOLE}] * 2, [{"Y": WHOLE, "dX": WHOLE}] * 2)
    assert made.text.splitlines() == [
        "✓ the same numbers as PyTorch's, on 2 processes",
        "                               your functions  PyTorch     largest difference",
        "  Y                            2 × (4, 6)      2 × (4, 6)  0",
        "  all_reduce: calls (numbers)  1 (24)          0",
        "  all_gather: calls (numbers)  0               2 (12)",
    ]


def test_other_numbers_are_named_and_nothing_to_compare_is_no_success() -> None:
    assert table([{"Y": WHOLE + 1}] * 2, [{"Y": WHOLE}] * 2).text.startswith("✗ not what PyTorch's ranks have: Y\n")
    assert table([WHOLE] * 2, [{"Y": WHOLE}] * 2).text.startswith("✗ nothing to compare: ")
    assert table([None] * 2, [{"Y": WHOLE}] * 2).text.startswith("✗ nothing to compare: ")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_card_and_its_twin_say_the_same(language: str) -> None:
    for made in (
        table([{"Y": WHOLE}] * 2, [{"Y": WHOLE}] * 2, language),
        shown("step", "gloo", [WHOLE, WHOLE[:2]], CALLS, language),
    ):
        words = unescape(re.sub(r"<[^>]*>", " ", made.html))
        assert "<script" not in made.html and "http" not in made.html
        assert sorted(re.findall(r"[\w×]+", words)) == sorted(re.findall(r"[\w×]+", made.text))
        assert bool(re.search("[а-я]", made.text)) == (language == "ru")
