"""What a check came to: a card for a notebook's page, and the same in plain lines.

The card is HTML with inline styles alone: no script, no style sheet, nothing from elsewhere. Its text has the page's
own colour, its ground is see-through, and words and the shape of the edge say what colour says, so that it reads on a
light page and a dark one and with any colour vision.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import NamedTuple

from grader.judge.verdict import NOT_SOLVED, Verdict, told, tried_on
from grader.lab.case import Case
from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message
from grader.pictures.lettering import said
from grader.pictures.picture import COLUMNS, Picture


class Look(NamedTuple):
    """How a kind of outcome is told apart: a sign, and the colour and the line of the card's edge."""

    sign: str
    edge: str


# Okabe-Ito hues that stand out from white and from black alike
PASSED = Look("✓", "6px solid #009e73")
FAILED = Look("✗", "8px double #d55e00")
UNSOLVED = Look("○", "6px dashed #888888")

CARD = (
    "box-sizing: border-box; max-width: 756px; margin: 2px 0; padding: 7px 14px; border: 1px solid #888888; "
    "border-left: {edge}; border-radius: 4px; background: rgba(128, 128, 128, 0.07); color: inherit; "
    "font-size: 14px; line-height: 1.45; text-align: left"
)
HEADING = "margin: 0; padding: 0; font-size: 14px; font-weight: 600; line-height: 1.45; color: inherit"
ROW = "margin: 5px 0 0 0"
CELL = "padding: 1px 18px 1px 0; text-align: left; border: 0; background: none; color: inherit"


@dataclass(frozen=True)
class Outcome:
    """What a check came to: `html` is the card, `text` its twin for where none can be shown."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


@dataclass(frozen=True)
class Finding:
    """The values in a message: what was expected of a variable, what came, and what explains it."""

    of: str
    expected: str
    got: str
    hint: Message | str


def outcome(
    lab: Lab,
    name: str,
    verdict: Verdict,
    praise: str,
    language: str,
    own: Case | None = None,
    drawn: Picture | None = None,
) -> Outcome:
    """The card of a task's check. `praise` is what a right one is told, `own` the notebook's own case, `drawn`
    the picture of the run."""
    picture = f'<div style="margin: 8px 0 2px 0">{drawn.html}</div>' if drawn else ""
    more = f"\n{drawn.text}" if drawn else ""
    if verdict.passed:
        heading = f"{name}: {said(language, praise)}"
        return Outcome(framed(PASSED, heading, language, picture), f"{PASSED.sign} {heading}{more}")
    if verdict.reason == NOT_SOLVED:
        heading = f"{name}: {verdict.render(language)}"
        return Outcome(framed(UNSOLVED, heading, language, ""), f"{UNSOLVED.sign} {heading}")
    rows = list(_rows(lab, verdict, own, language))
    heading = said(language, N_("{task}: not right yet"), task=name)
    whole = f"{FAILED.sign} {told(lab, name, verdict, own).render(language)}"
    parts = [f"  {sign} {words}" for sign, words in _parts(verdict, language)]
    text = "\n".join(row for line in [whole, *parts] for row in wrapped(line))
    return Outcome(framed(FAILED, heading, language, "".join(rows) + picture), text + more)


def wrapped(line: str) -> list[str]:
    """A line as rows of plain text."""
    return textwrap.wrap(line, COLUMNS, subsequent_indent="  ", break_long_words=False)


def framed(look: Look, heading: str, language: str, body: str) -> str:
    label = escape(heading, quote=True)
    return (
        f'<div role="group" aria-label="{label}" lang="{escape(language, quote=True)}" '
        f'style="{CARD.format(edge=look.edge)}">'
        f'<h4 style="{HEADING}"><span aria-hidden="true">{look.sign}</span> {label}</h4>{body}</div>'
    )


def _rows(lab: Lab, verdict: Verdict, own: Case | None, language: str) -> Iterator[str]:
    """The body of a card that says what is wrong, row by row."""
    prose, finding = _taken_apart(verdict.reason or message(N_("could not be examined")))
    yield _paragraph(message("{prose}{where}", prose=prose, where=tried_on(lab, verdict, own)).render(language))
    if finding is not None:
        yield _table(finding, language)
        hint = finding.hint.render(language) if isinstance(finding.hint, Message) else finding.hint
        if hint:
            lead = escape(said(language, N_("Hint")))
            yield f'<p style="{ROW}"><strong>{lead}:</strong> {_marked(hint.lstrip(": "))}</p>'
    parts = [f'<li style="margin: 0"><span aria-hidden="true">{sign}</span> {escape(words)}</li>'
             for sign, words in _parts(verdict, language)]  # fmt: skip
    if parts:
        yield f'<ul style="{ROW}; padding: 0; list-style: none">{"".join(parts)}</ul>'


def _parts(verdict: Verdict, language: str) -> Iterator[tuple[str, str]]:
    """What is right and what is wrong among the variables of a wrong cell, where some are right."""
    right = [name for name, good in verdict.made if good]
    wrong = [name for name, good in verdict.made if not good]
    if right:
        yield PASSED.sign, said(language, N_("right numbers: {names}"), names=", ".join(right))
    if right and wrong:
        yield FAILED.sign, said(language, N_("wrong: {names}"), names=", ".join(wrong))


def _taken_apart(reason: Message) -> tuple[Message, Finding | None]:
    """A reason without the values that a table shows, and those values."""
    facts = dict(reason.facts)
    match facts:
        case {"name": str(name), "share": str(share), "index": str(index), "want": str(want), "got": str(got)}:
            short = message(N_("{name} is wrong: {share} of its numbers differ, most of all the one below"),
                            name=name, share=share)  # fmt: skip
            return short, Finding(f"{name}{index}", want, got, facts.get("hint", ""))
        case {"name": str(name), "want": str(want), "got": str(got)}:
            return message(N_("{name} is wrong"), name=name), Finding(name, want, got, facts.get("hint", ""))
        case {"name": str(name), "shape": str(shape), "got": str(got)}:
            short = message(N_("{name} has another shape than expected"), name=name)
            return short, Finding(f"{name}.shape", shape, got, facts.get("hint", ""))
        case {"name": str(name), "dtype": str(dtype), "got": str(got)}:
            short = message(N_("{name} has another dtype than the data"), name=name)
            return short, Finding(f"{name}.dtype", dtype, got, "")
    for key, fact in reason.facts:
        if isinstance(fact, Message):
            inner, finding = _taken_apart(fact)
            if finding is not None:
                return replace(reason, facts=tuple((k, inner if k == key else v) for k, v in reason.facts)), finding
    return reason, None


def _table(finding: Finding, language: str) -> str:
    heads = ["", said(language, N_("expected")), said(language, N_("got"))]
    top = "".join(f'<th scope="col" style="{CELL}; font-weight: 600">{escape(head)}</th>' for head in heads)
    row = "".join(f'<td style="{CELL}"><code>{escape(value)}</code></td>' for value in (finding.expected, finding.got))
    first = f'<th scope="row" style="{CELL}; font-weight: 400"><code>{escape(finding.of)}</code></th>'
    return (
        f'<table style="{ROW}; border-collapse: collapse; border: 0; font-size: 13px">'
        f'<tr style="background: none">{top}</tr><tr style="background: none">{first}{row}</tr></table>'
    )


def _paragraph(words: str) -> str:
    return f'<p style="{ROW}">{_marked(words)}</p>'


def _marked(words: str) -> str:
    """A sentence as HTML: what stands in backticks is code."""
    return re.sub(r"`([^`]+)`", r'<code style="overflow-wrap: anywhere">\1</code>', escape(words))

