"""How far a right answer may lie off: an error bound carried through a plain reference function, its gradients
included, for every order of summation and every way of sharding."""

from grader.judge.bounds.bounded import UNIT_ROUNDOFF, Bounded, NoRule, bounds_of

__all__ = ["UNIT_ROUNDOFF", "Bounded", "NoRule", "bounds_of"]
