"""Named bugs: the mistakes that people make in these cells, each computed and compared with what a cell made."""

from grader.judge.mistakes.search import Rerun, Run, all_confirming, confirming, find, matching

__all__ = ["Rerun", "Run", "all_confirming", "confirming", "find", "matching"]
