"""The catalogue: the mistakes of each task."""

from __future__ import annotations

from grader.lab import Mistake
from grader.labs.ranks.mistakes.column import COLUMN_STEP
from grader.labs.ranks.mistakes.cost import PREDICT
from grader.labs.ranks.mistakes.debug import HANG
from grader.labs.ranks.mistakes.ring import ALL_GATHER, ALL_REDUCE, REDUCE_SCATTER, SHIFT
from grader.labs.ranks.mistakes.row import ROW_STEP

CATALOGUE: dict[str, tuple[Mistake, ...]] = {
    "ring.shift": SHIFT,
    "ring.reduce_scatter": REDUCE_SCATTER,
    "ring.all_gather": ALL_GATHER,
    "ring.all_reduce": ALL_REDUCE,
    "column.step": COLUMN_STEP,
    "row.step": ROW_STEP,
    "cost.predict": PREDICT,
    "debug.hang": HANG,
}
