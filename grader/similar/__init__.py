"""Similar work in a class: pairs of submissions that share unusual code, as a lead and never as a verdict."""

from grader.similar.pairs import ALIKE, FEW, Pair, Similar, similar_work

__all__ = ["ALIKE", "FEW", "Pair", "Similar", "similar_work"]
