"""Prose that nbgrader's pages render runs nothing in them, and what people write stays readable."""

from __future__ import annotations

import re

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from grader.course.intake.harmless_prose import harmless, pictures_in, with_pictures

RUNS = re.compile(r"""<(script|img[^>]*onerror)|(href|src)="\s*(javascript|vbscript):|class="mermaid""", re.IGNORECASE)
HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))", "[a](javascript&colon;alert(1))", "[a](javascript\\:alert(1))", "[a](vbscript:x)",
    "[x]: javascript:alert(1)\n\n[x]", "![a](javascript:alert(1))", "<javascript:alert(1)>",
    "```mermaid\ngraph TD\n```", "~~~ mermaid\ngraph TD\n~~~",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_runs_in_a_page_is_text(text: str) -> None:
    assert RUNS.search(markdown2html_mistune(text))
    assert not RUNS.search(markdown2html_mistune(harmless(text)))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r"$\href{javascript:alert(1)}{x}$", r"$\ href{javascript :alert(1)}{x}$"),
        (r"$\def\go#1{\href{#1}{x}} \newcommand{\a}{b} \mmlToken{mi}[href='x']{y}$",
         r"$\ def\go#1{\ href{#1}{x}} \ newcommand{\a}{b} \ mmlToken{mi}[href='x']{y}$"),
    ],
)  # fmt: skip
def test_macros_that_make_links_or_macros_are_none(written: str, kept: str) -> None:
    assert harmless(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        r"Формула $a < b$, $\frac{\partial L}{\partial W} = X^\top dY$, `c <= d` & so on: 1 < 2.",
        r"$\begin{matrix} a & b \\ c & d \end{matrix}$ and [a link](https://pytorch.org) in the description: fine",
    ],
)
def test_an_honest_answer_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_only_pictures_under_plain_names_are_attached() -> None:
    name = '"><img/src=x>'
    attached = {name: {"image/png": "AAAA"}, "a.png": {"image/png": "AAAA"}, "b.svg": {"image/svg+xml": "<svg/>"}}
    kept = pictures_in(attached)
    assert kept == {"a.png": {"image/png": "AAAA"}}
    assert with_pictures("![a](attachment:a.png) ![b](attachment:b.svg)", kept) == "![a](attachment:a.png) ![b](b.svg)"
