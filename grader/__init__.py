"""A course on tensor parallelism in Jupyter notebooks, and the grader that reads its tasks."""

__version__ = "0.1.0"
