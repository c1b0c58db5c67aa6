"""What if: what one device would hold of a large model's matrices, next to a GPU of 80 GB."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.lab.messages import N_, Message
from grader.lab.what_if import Model
from grader.pictures.card import Card
from grader.pictures.lettering import bytes_said, fitted, grouped, said
from grader.pictures.picture import Picture

GPU = 80 * 10**9
LEFT, RIGHT, THICK = 244, 516, 13


@dataclass(frozen=True)
class Estimate:
    """What one device would hold of the weights and their gradient at most, and what would cross in a step: bytes.

    `missing` says why there are no numbers.
    """

    way: str
    model: Model
    held: int = 0
    crossed: int = 0
    missing: Message | None = None


def what_if_picture(estimates: Sequence[Estimate], batch: int, language: str) -> Picture:
    """The estimates as one card: a bar for one matrix, a hollow one for all that the model has of that size."""
    title = said(language, N_("What if the layer were one of Llama's?"))
    lines = [title]
    card = Card(title)
    card.text(20, 28, title, 15, bold=True, anchor="start")
    y = 40.0
    for model, found in groupby(estimates, key=lambda estimate: estimate.model):
        heading = said(
            language,
            N_("{model}: a matrix of {rows} × {columns}, and {count} of that size in the model"),
            model=model.name, rows=model.rows, columns=model.columns, count=model.matrices,
        )  # fmt: skip
        lines.append(heading)
        card.text(20, y + 18, heading, 12.5, bold=True, anchor="start")
        y, first = y + 30, y + 30
        for estimate in found:
            lines.append("  " + _told(estimate, language))
            _row(card, y, estimate, language)
            y += 46
        _gpu(card, first, y - 6, language)
        y += 14
    note = said(
        language,
        N_("Solid: the weights and their gradient in fp32 for one matrix; hollow: for all of that size. Read off your "
           "own cells, run with a batch of {batch} on tensors that have shapes and no numbers."),
        batch=batch,
    )  # fmt: skip
    lines.append(note)
    for row in _halves(note):
        card.text(20, y + 8, row, 11, anchor="start")
        y += 16
    card.height, card.about = y + 8, "\n".join(lines[1:])
    return Picture(card.svg(), "\n".join(lines))


def _row(card: Card, y: float, estimate: Estimate, language: str) -> None:
    card.text(20, y + 14, said(language, estimate.way), anchor="start")
    if estimate.missing is not None:
        card.text(LEFT, y + 14, fitted(estimate.missing.render(language), 700 - LEFT, 12), anchor="start")
        return
    everything = estimate.held * estimate.model.matrices
    length = round(max(_scaled(estimate.held), 2), 1)
    card.box(LEFT, y + 4, length, THICK, "#fbe6bd", "#a86500", 'stroke-width="1.5"')
    card.text(LEFT + length + 8, y + 15, bytes_said(language, estimate.held), anchor="start")
    length = round(max(_scaled(everything), 2), 1)
    card.box(LEFT, y + 22, length, THICK, "none", "#a86500", 'stroke-width="1.2" stroke-dasharray="4 3"')
    words = bytes_said(language, everything)
    if everything > GPU:
        x = LEFT + length
        card.path(f"M{x - 12:g} {y + 20:g}l-6 17M{x - 6:g} {y + 20:g}l-6 17", "#a86500", 1.5)
        words += " " + _gpus(everything, language)
    card.text(LEFT + length + 8, y + 33, words, anchor="start")
    card.text(20, y + 31, _crossed(estimate, language), 11, anchor="start")


def _gpu(card: Card, top: float, bottom: float, language: str) -> None:
    x = LEFT + _scaled(GPU)
    card.path(f"M{x:g} {top - 2:g}V{bottom:g}", "#555", 1.2, more=' stroke-dasharray="2 3"')
    card.text(x + 4, top + 5, said(language, N_("a GPU of 80 GB")), 11, anchor="start")


def _told(estimate: Estimate, language: str) -> str:
    way = said(language, estimate.way)
    if estimate.missing is not None:
        return f"{way}: {estimate.missing.render(language)}"
    everything = estimate.held * estimate.model.matrices
    gpus = f" {_gpus(everything, language)}" if everything > GPU else ""
    all_of_them = f"× {estimate.model.matrices} = {bytes_said(language, everything)}{gpus}"
    held = f"{bytes_said(language, estimate.held)}, {all_of_them}"
    return f"{way}: {held}; {_crossed(estimate, language)}"


def _crossed(estimate: Estimate, language: str) -> str:
    if not estimate.crossed:
        return said(language, N_("nothing crosses"))
    amount = bytes_said(language, estimate.crossed)
    return said(language, N_("crosses in a step: {bytes}"), bytes=amount)


def _gpus(amount: int, language: str) -> str:
    return said(language, N_("= {count} such GPUs"), count=grouped(-(-amount // GPU)))


def _scaled(amount: int) -> float:
    """Pixels; what is more than a GPU runs a little over its line."""
    return min(amount / GPU, 1.08) * (RIGHT - LEFT) / 1.08


def _halves(text: str) -> list[str]:
    """A sentence in two rows, parted at the space nearest to its middle."""
    middle = min((i for i, letter in enumerate(text) if letter == " "), key=lambda i: abs(i - len(text) // 2))
    return [text[:middle], text[middle + 1 :]]
