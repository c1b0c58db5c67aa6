"""The picture of one task's run: up to three panels on one card, and the same in plain lines."""

import base64
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from grader.judge.ledger import Due, Ledger
from grader.judge.ranks import RankPage
from grader.judge.verdict import Verdict
from grader.lab.case import Case
from grader.lab.messages import N_
from grader.lab.section import Section
from grader.pictures import crossing, placement, weights_held
from grader.pictures.card import WIDTH, Card
from grader.pictures.lettering import said
from grader.pictures.ranks import gantt, traffic
from grader.pictures.ranks.timetable import timetable

COLUMNS = 100


@dataclass(frozen=True)
class Picture:
    """A picture as SVG text, and a text twin for where none can be shown."""

    svg: str
    text: str

    @property
    def html(self) -> str:
        """The picture as an image.

        An image rather than SVG itself: JupyterLab shows it in a notebook that it doesn't trust yet, too, and nothing
        in it can run.
        """
        image = base64.b64encode(self.svg.encode()).decode()
        words = escape(" ".join(self.text.split()), {'"': "&quot;"})
        return f'<img style="max-width: 100%" alt="{words}" src="data:image/svg+xml;base64,{image}">'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows, or a terminal."""
        return {"text/html": self.html, "text/plain": self.text}


def picture(
    ledger: Ledger, due: Sequence[Due] | None, language: str, bytes_per_number: int, rule: bool
) -> Picture:
    """The picture of a task's run.

    Shows how much of the weights each device held at each step, what crossed between the devices beside what is `due`
    (None where nobody knows), and what lies where before the cell and after it. `rule` False, where W itself may be
    used, draws the last only.
    """
    title = said(language, N_("What your code did on the two devices"))
    weights, moved = weights_held.held_in(ledger, language), crossing.crossing_in(ledger, due)
    places = placement.places_in(ledger)
    lines = placement.told(places, language, rule)
    if rule:
        lines = [*weights_held.told(weights, language), *crossing.told(moved, language, bytes_per_number), *lines]
    text = "\n".join(_wrapped(lines))
    card = Card(title, about=text)
    card.text(WIDTH / 2, 27, title, 16, bold=True)
    y = 36.0
    if rule:
        y = weights_held.draw(card, y, weights, language)
        y = crossing.draw(card, y, moved, language, bytes_per_number)
    card.height = round(placement.draw(card, y, places, language, rule) + 10)
    return Picture(card.svg(), text)


def ranks_picture(ranks: Sequence[RankPage], due: Sequence[Due], language: str) -> Picture:
    """The picture of a function's run on N ranks: who sends what to whom in which step, and how many numbers leave each
    rank beside the least that theory asks. A run that came to a standstill is drawn up to there."""
    title = said(language, N_("What your code did on the ranks (world size {count})"), count=len(ranks))
    table = timetable(ranks)
    text = "\n".join(_wrapped([*gantt.told(table, language), *traffic.told(ranks, due, language)]))
    card = Card(title, about=text)
    card.text(WIDTH / 2, 27, title, 16, bold=True)
    card.height = round(traffic.draw(card, gantt.draw(card, 36.0, table, language), ranks, due, language) + 10)
    return Picture(card.svg(), text)


def picture_of(section: Section, task: str, verdict: Verdict, case: Case, language: str) -> Picture | None:
    """The picture of the run that a verdict is on, where there are devices to draw, or ranks that call each other."""
    if verdict.ranks:
        calls = any(page.calls for page in verdict.ranks)
        return ranks_picture(verdict.ranks, verdict.due, language) if calls or verdict.due else None
    if section.rule is None or verdict.ledger is None:
        return None
    return picture(verdict.ledger, verdict.due, language, case.dtype.itemsize, section.task(task).ruled)


def _wrapped(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        whole = re.sub(r" ×|× | (?=\(\d)", lambda found: found[0].replace(" ", "\u00a0"), line)  # one row a shape
        for row in textwrap.wrap(whole, COLUMNS, subsequent_indent="      "):
            yield re.sub("\u00a0(?=[×(])|(?<=×)\u00a0", " ", row)
