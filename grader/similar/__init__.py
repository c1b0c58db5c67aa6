"""Similar work in a class: pairs of submissions that share unusual code, as a lead and never as a verdict."""

from grader.similar.pairs import Pair, Similar, similar_work

__all__ = ["Pair", "Similar", "similar_work"]
