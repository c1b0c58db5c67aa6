"""Ranks: the traces of N ranks, each recorded alone, replayed in lock step and judged together."""

from grader.judge.ranks.account import Crossing
from grader.judge.ranks.lockstep import Together, replay_ranks
from grader.judge.ranks.rank import Stuck
from grader.judge.ranks.rule import RankBook
from grader.judge.ranks.task import Part, RankTask
from grader.judge.ranks.tasks import TASKS
from grader.judge.ranks.verdict import RanksVerdict, examine_ranks, verdict_on_ranks
from grader.judge.ranks.world import Case, Edges, exam_cases

__all__ = [
    "TASKS",
    "Case",
    "Crossing",
    "Edges",
    "Part",
    "RankBook",
    "RankTask",
    "RanksVerdict",
    "Stuck",
    "Together",
    "exam_cases",
    "examine_ranks",
    "replay_ranks",
    "verdict_on_ranks",
]
