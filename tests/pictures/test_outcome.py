"""The card of a check, and its twin in plain text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import torch

from grader.judge import compare
from grader.judge.verdict import NOT_SOLVED, Verdict
from grader.lab.messages import N_, message
from grader.lab.values import Expected
from grader.labs.linear.lab import LAB
from grader.pictures.outcome import Outcome, outcome

PRAISE = N_("right at the sizes of this notebook")
HINT = message(N_(": it is all zeros"))
NUMBERS = message(
    N_("{name} is wrong: {share} of its numbers differ; at {index} expected {want}, got {got}{hint}"),
    name="dW", share="99.5%", index=[692, 136], want="0.11847", got="0.0037022", hint=HINT,
)  # fmt: skip
NASTY = "</code><script>alert(1)</script><img src=x onerror='alert(2)'>\" onmouseover=\"x"


class Page(HTMLParser):
    """What a card is made of: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words += data + " "


def card(reason=None, made=(), language="en", name="manual.gradients") -> Outcome:
    return outcome(LAB, name, Verdict(reason, made=made), PRAISE, language)


@pytest.mark.parametrize(
    ("reason", "sign", "heading"),
    [(None, "✓", "right at the sizes"), (NUMBERS, "✗", "not right yet"), (NOT_SOLVED, "○", "not solved yet")],
)
def test_a_sign_and_words_say_what_the_colour_says(reason, sign, heading):
    shown = card(reason)
    page = Page(shown.html)
    _, first = page.elements[0]
    assert first["role"] == "group" and heading in first["aria-label"] and sign in page.words
    assert ("h4") in [tag for tag, _ in page.elements] and shown.text.startswith(f"{sign} manual.gradients: ")


def test_the_edges_differ_in_shape_and_not_in_colour_alone():
    edges = [Page(card(reason).html).elements[0][1]["style"].split("border-left: ")[1].split(";")[0].split()[:2]
             for reason in (None, NUMBERS, NOT_SOLVED)]  # fmt: skip
    assert len({tuple(edge) for edge in edges}) == 3


def test_what_was_expected_and_what_came_stand_in_a_table_with_headings():
    page = Page(card(NUMBERS, (("dX", True), ("dW", False), ("db", True))).html)
    heads = [attributes["scope"] for tag, attributes in page.elements if tag == "th"]
    assert heads == ["col", "col", "col", "row"]
    for words in ("99.5%", "dW[692, 136]", "0.11847", "0.0037022", "Hint:", "it is all zeros", "right numbers: dX, db", "wrong: dW"):
        assert words in page.words
    assert page.words.count("0.11847") == 1


def test_the_twin_says_all_that_the_card_says():
    text = " ".join(card(NUMBERS, (("dX", True), ("dW", False))).text.split())
    for words in ("99.5%", "[692, 136]", "expected 0.11847, got 0.0037022", "it is all zeros", "✓ right numbers: dX", "✗ wrong: dW"):
        assert words in text


def test_a_finding_inside_another_message_comes_into_the_table_too():
    around = message(N_("right for one step, but not for the next one: {reason}"), reason=NUMBERS)
    words = Page(card(around).html).words
    assert "right for one step" in words and words.count("0.0037022") == 1


def test_cards_speak_the_notebooks_language():
    shown = card(NUMBERS, (("dX", True),), "ru")
    assert 'lang="ru"' in shown.html and "получено" in shown.html and "expected" not in shown.html + shown.text


@pytest.mark.parametrize(
    "reason",
    [
        message("line 3, `{code}`: {error}", code=NASTY, error=NASTY),
        message("{name} is wrong: {share}, {index}, {want}, {got}{hint}", name=NASTY, share=NASTY, index=NASTY, want=NASTY, got=NASTY, hint=NASTY),
        message("{name}{got}{shape}", name=NASTY, got=NASTY, shape=NASTY, hint=NASTY),
        message("{name}{got}{dtype}", name=NASTY, got=NASTY, dtype=NASTY),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_nothing_of_the_students_becomes_html(reason, language):
    shown = outcome(LAB, NASTY, Verdict(reason, made=((NASTY, True), (NASTY, False))), PRAISE, language)
    page = Page(shown.html)
    assert {tag for tag, _ in page.elements} <= {"div", "h4", "span", "p", "code", "table", "tr", "th", "td", "strong", "ul", "li"}
    assert {key for _, attributes in page.elements for key in attributes} <= {"role", "aria-label", "aria-hidden", "lang", "style", "scope"}
    assert "<script>" in page.words  # it is there to be read


def test_nothing_comes_from_elsewhere():
    html = card(NUMBERS).html
    assert not any(part in html for part in ("http", "url(", "<style", "<script", "<link"))


def test_each_variable_is_judged_by_itself():
    def want(numbers):
        return Expected(torch.tensor(numbers, dtype=torch.float64), torch.full((2,), 1e-9, dtype=torch.float64))

    expected = {"a": want([1.0, 2.0]), "b": want([1.0, 2.0]), "c": want([1.0, 2.0]), "d": want([1.0, 2.0])}
    outputs = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([1.0, 3.0]), "c": torch.tensor([[1.0, 2.0]])}
    right = compare.which_are_right(expected, outputs, torch.float32)
    assert right == (("a", True), ("b", False), ("c", False), ("d", False))
