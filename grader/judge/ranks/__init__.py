"""Ranks: the traces of N ranks, each recorded alone, replayed in lock step."""

from grader.judge.ranks.account import Crossing
from grader.judge.ranks.lockstep import Together, replay_ranks
from grader.judge.ranks.rank import Stuck
from grader.judge.ranks.rule import Noted, RankBook, RankPage

__all__ = ["Crossing", "Noted", "RankBook", "RankPage", "Stuck", "Together", "replay_ranks"]
