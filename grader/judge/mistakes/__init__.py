"""Named bugs: the mistakes that people make in these cells, each computed and compared with what a cell made."""

from grader.judge.mistakes.catalogue import CATALOGUE
from grader.judge.mistakes.mistake import Found, Mistake
from grader.judge.mistakes.rerun import rerunning
from grader.judge.mistakes.search import Run, confirming, find

__all__ = ["CATALOGUE", "Found", "Mistake", "Run", "confirming", "find", "rerunning"]
