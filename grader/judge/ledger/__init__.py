"""The ledger of a task: who held which numbers when, what crossed between devices, and what broke the rule."""

from grader.judge.ledger.account import Due, dues, fault_of, superfluous
from grader.judge.ledger.book import Book
from grader.judge.ledger.collectives import ALL_GATHER, ALL_REDUCE, Collective, theory
from grader.judge.ledger.ledger import Ledger, PlacedTensor, Violation
from grader.judge.ledger.liveness import Moment

__all__ = [
    "ALL_GATHER", "ALL_REDUCE", "Book", "Collective", "Due", "Ledger", "Moment", "PlacedTensor", "Violation", "dues",
    "fault_of", "superfluous", "theory",
]  # fmt: skip
